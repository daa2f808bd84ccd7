#!/bin/bash
# SPDX-License-Identifier: ISC
# Times mean what they mean to systemd: every form of systemd.time(7), and
# random ones, in several zones, beside systemd-analyze.
. "$(dirname "$0")"/harness.sh

when=${BUILD:-$TESTS/../build/release}/tests/tools/when
[ -x "$when" ] || skip "no $when; make units"
command -v systemd-analyze >/dev/null || skip "no systemd-analyze"

# theirs TEXT…: microseconds, a line each.
theirs() {
	systemd-analyze timestamp -- "$@" |
		sed -n 's/^ *UNIX seconds: @//p' |
		awk -F. '{ printf "%s%s\n", $1, substr($2 "000000", 1, 6) }'
}

# same SLACK TEXT…: within so many microseconds, since now is not one moment.
same() {
	local slack=$1 i a b

	shift
	mapfile -t a < <("$when" "$@")
	mapfile -t b < <(theirs "$@")
	expect_eq $# "${#b[@]}" "$TZ: what systemd takes"
	for ((i = 1; i <= $#; i++)); do
		[[ ${a[i - 1]} =~ ^[0-9]+$ ]] &&
			[ $((a[i - 1] - b[i - 1])) -ge -"$slack" ] &&
			[ $((a[i - 1] - b[i - 1])) -le "$slack" ] ||
			fail "$TZ: '${!i}': ours ${a[i - 1]}, theirs ${b[i - 1]}"
		compared=$((compared + 1))
	done
}

# As many random dates and times.
random_times() {
	local n

	for ((n = $1; n > 0; n--)); do
		# Not the hours of a night in which clocks change.
		printf '%d-%02d-%02d %d:%02d:%02d.%06d\n' $((1970 + RANDOM % 290)) \
			$((1 + RANDOM % 12)) $((1 + RANDOM % 28)) \
			$((4 + RANDOM % 20)) $((RANDOM % 60)) $((RANDOM % 60)) \
			$((RANDOM * 30))
	done
}

compared=0
RANDOM=2077
for zone in UTC Europe/Berlin America/New_York Asia/Kathmandu \
	Australia/Lord_Howe Pacific/Apia; do
	export TZ=$zone
	[ "$zone" = UTC ] || [ -e "/usr/share/zoneinfo/$zone" ] || continue
	same 0 '2012-11-23 11:12:13' '2012-11-23 11:12:13 UTC' 2012-11-23 \
		12-11-23 11:12:13 11:12 today 'today UTC' yesterday tomorrow \
		'yesterday UTC' @1395716396 @12.5 @1h '2014-03-25 03:59:56.654563' \
		'Fri 2012-11-23 11:12:13' 'friday 2012-11-23' '2026-4-6' \
		'2026-04-26 22:13:60' '70-01-02' '68-12-31' '7:05' '2028-02-29'
	same 3000000 now +3h30min -5s '11min ago' '2 months 5 days ago' \
		'1 h 30 min ago' '2 days left' '+1y 2M' '2.5h ago' '5 ago' \
		'300ms20s 5day ago'
	mapfile -t texts < <(random_times 200)
	same 0 "${texts[@]}"
	mapfile -t texts < <(random_times 50 | sed 's/$/ UTC/')
	same 0 "${texts[@]}"
done
[ $compared -ge 250 ] || fail "only $compared were compared"

# Where the clock skips an hour, and what neither takes.
TZ=Europe/Berlin same 0 '2026-03-29 02:30' '2026-03-29 03:00' \
	'2026-03-29 01:59:59'
export TZ=UTC
for text in soon 2h 'Fri 2026-04-26' Sunday '2026-04-26 24:00' 1969-12-31 \
	'+2h ago' ' ago' 'infinity ago' @-5 '22:13:' 2026-13-01 ''; do
	expect_eq refused "$("$when" "$text")" "'$text'"
	expect_status 1 systemd-analyze timestamp -- "$text"
done

# Through the program itself.
bangerlog index "$DATA"/start.daemon.jsonl >/dev/null || fail "index"
expect_eq 1 "$(bangerlog ops --all -S '2026-04-26 22:13:04' -U \
	2026-04-26T22:13:04Z --format json | wc -l)" "both ends count in"
expect_status 2 bangerlog ops -S 2h
expect_match '^bangerlog: --since: "2h" is a time span; write "2h ago"' \
	"$OUT" "a hint"
expect_status 2 bangerlog ops -U 'Fri 2026-04-26'
expect_match '^bangerlog: --until: .*another day of the week' "$OUT" "weekday"
expect_status 2 bangerlog ops -S tomorrow -U today
expect_match '^bangerlog: --since is a later time' "$OUT" "order"
echo "$compared times compared"
