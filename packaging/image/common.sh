# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the build-NAME.sh share; $image is the image's name.

: "${image:?}"

say()
{
	printf 'image %s: %s\n' "$image" "$*" >&2
}

# fail CAUSE REMEDY
fail()
{
	printf 'build-%s.sh: %s; %s\n' "$image" "$1" "$2" >&2
	exit 1
}

# need_tools TOOL=PACKAGE…
need_tools()
{
	local pair missing=()
	for pair; do
		command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
	done
	[ ${#missing[@]} -eq 0 ] ||
		fail "some tools are missing" \
			"type: sudo apt-get install ${missing[*]}"
}

# The kernel and the tools are of one kind of machine.
need_x86_64()
{
	[ "$(uname -m)" = x86_64 ] ||
		fail "the image is for x86_64, this is $(uname -m)" \
			"build it on an x86_64 machine"
}

# publish OUT NEW CMDLINE: renames the parts into place, the description of the
# whole last.
publish()
{
	local part
	mkdir -p "$1"
	rm -f "$1/image.json"
	for part in kernel initrd rootfs.raw; do
		mv -f "$2/$part" "$1/$part"
	done
	printf '{"name":"%s","kernel":"kernel","initrd":"initrd",%s%s}\n' \
		"$image" '"rootfs":"rootfs.raw","ready":"agent",' \
		"\"cmdline\":\"$3\"" >"$2/image.json"
	mv -f "$2/image.json" "$1/image.json"
}
