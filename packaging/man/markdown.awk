# SPDX-License-Identifier: ISC
# markdown.awk: the Markdown of docs/ as the body of a manual page in mdoc(7):
# headings, paragraphs, lists, indented code, and tables as tagged lists.  A
# page made so says what the document says, and cannot drift from it.

# Where it comes from is for who edits it.
/^Made by `make docs`/ { next }

# The heading over it is the template's.
BEGIN { fresh = 1 }

# Text as mdoc takes it: no macro, no escape of its own; `x` and **x** bold.
function inline(s,    out, at, part) {
	gsub(/\\/, "\\e", s)
	# [text](target): the page that is made of the target, or the text.
	while (match(s, /\[[^]]*\]\([^)]*\)/)) {
		part = substr(s, RSTART + 1, RLENGTH - 1)
		if (part ~ /\(schema\.md/)
			part = "banger-index(5)"
		else if (part ~ /\(query\.md/)
			part = "bangerlog-query(7)"
		else if (part ~ /\((log-contract|events)\.md/)
			part = "banger-log(7)"
		else if (part ~ /\((rpc|methods)\.md/)
			part = "banger-rpc(7)"
		else if (part ~ /\((formats|statistics)\.md/)
			part = "bangerlog-formats(5)"
		sub(/\]\(.*/, "", part)
		s = substr(s, 1, RSTART - 1) part substr(s, RSTART + RLENGTH)
	}
	gsub(/\*\*/, "`", s)
	while (match(s, /\*[a-z]+\*/))
		s = substr(s, 1, RSTART - 1) \
			substr(s, RSTART + 1, RLENGTH - 2) \
			substr(s, RSTART + RLENGTH)
	while ((at = index(s, "`")) > 0) {
		out = out substr(s, 1, at - 1) (bold ? "\\fR" : "\\fB")
		bold = !bold
		s = substr(s, at + 1)
	}
	bold = 0
	return out s
}

# One text line; mdoc wants none beyond 80 bytes, and each sentence to begin
# its own.
function line(s) {
	if (s ~ /^[.']/)
		s = "\\&" s
	print s
}

function text(s,    n, words, i, cur) {
	n = split(inline(s), words, / +/)
	cur = ""
	for (i = 1; i <= n; i++) {
		if (words[i] == "")
			continue
		if (cur != "" && length(cur) + length(words[i]) > 70) {
			line(cur)
			cur = ""
		}
		cur = cur (cur == "" ? "" : " ") words[i]
		if (words[i] ~ /[.!?][)]?$/) {
			line(cur)
			cur = ""
		}
	}
	if (cur != "")
		line(cur)
}

function flush_text() {
	if (para == "")
		return
	if (item) {
		text(para)
	} else {
		if (!fresh)
			print ".Pp"
		text(para)
		fresh = 0
	}
	para = ""
}

function end_block() {
	flush_text()
	if (block != "")
		print block
	if (block == ".El" || block == ".Ed")
		fresh = 0
	block = ""
	item = 0
	header = 0
}

function cells(s,    n, i) {
	gsub(/^\| *| *\|$/, "", s)
	n = split(s, cell, / *\| */)
	return n
}

function tag(s) {
	s = inline(s)
	gsub(/"/, "\\(dq", s)
	printf ".It \"%s\"\n", s
}

function row(s,    n, i) {
	n = cells(s)
	if (!header) {
		end_block()
		for (i = 1; i <= n; i++)
			title[i] = cell[i]
		titles = n
		header = 1
		block = ".El"
		print ".Bl -tag -width Ds"
		return
	}
	if (s ~ /^\|[-:| ]*$/)
		return
	if (titles == 3 && title[3] == "") {
		tag(cell[1] " (" cell[2] ")")
		text(cell[3])
		return
	}
	tag((titles > 2 ? title[1] " " : "") cell[1])
	for (i = 2; i <= n; i++) {
		if (titles == 2)
			text(cell[i])
		else if (cell[i] != "")
			text(title[i] ": " cell[i] (i < n ? ";" : ""))
	}
}

# Code between fences, as code that is indented.
/^```/ {
	if (fence) {
		print ".Ed"
		fresh = 0
	} else {
		end_block()
		print ".Bd -literal -offset indent"
	}
	fence = !fence
	next
}
fence {
	gsub(/\\/, "\\e")
	line($0)
	next
}
/^# / { next }
/^## / {
	end_block()
	gsub(/`/, "")
	print ".Sh " toupper(substr($0, 4))
	fresh = 1
	next
}
/^### / {
	end_block()
	print ".Ss " inline(substr($0, 5))
	fresh = 1
	next
}
/^\|/ { flush_text(); row($0); next }
/^    / {
	if (block != ".Ed") {
		end_block()
		print ".Bd -literal -offset indent"
		block = ".Ed"
	}
	code = substr($0, 5)
	gsub(/\\/, "\\e", code)
	line(code)
	next
}
/^(- |[0-9]+\. )/ {
	flush_text()
	if (!item) {
		end_block()
		print ".Bl " (/^-/ ? "-bullet" : "-enum") " -compact"
		block = ".El"
		item = 1
	}
	print ".It"
	sub(/^(- |[0-9]+\. +)/, "")
	para = $0
	next
}
/^$/ {
	if (block != "")
		end_block()
	else
		flush_text()
	next
}
{
	if (!item && block != "")
		end_block()
	sub(/^ +/, "")
	para = para (para == "" ? "" : " ") $0
}
END { end_block() }
