# SPDX-License-Identifier: ISC
# The debian image: built where it is not there, booted under whatever this
# machine has, and used over ssh.  Takes minutes: make check-debian.
. "$(dirname "$0")"/../run/harness.sh
with_instance
: "${BANGER_DEBIAN:=$TESTS/../build/image/debian}"
key=$T/key

[ -f "$BANGER_DEBIAN/image.json" ] ||
	banger image build debian --no-register --output "$BANGER_DEBIAN" ||
	fail "image build debian"
mkdir "$T/debian"
cp --sparse=always "$BANGER_DEBIAN"/{kernel,initrd,rootfs.raw,image.json} "$T/debian"
chmod -R a+rX "$T/debian"
banger image register "$T/debian" >/dev/null || fail register
ssh-keygen -q -t ed25519 -N '' -C test -f "$key" || fail ssh-keygen
banger create deb1 --image debian -m 512 -d 3072 --ssh-key "$key.pub" >/dev/null || fail create
started=$(banger start deb1 --timeout 170) || fail start
echo "$started"
expect_eq "12" "$(banger exec deb1 -- /bin/sh -c '. /etc/os-release; echo $VERSION_ID')" "release"
expect_eq deb1 "$(banger exec deb1 -- /bin/hostname)" "host name"
size=$(banger exec deb1 -- /bin/df -m --output=size / | tail -n 1)
[ "$size" -gt 2500 ] || fail "the root did not grow: $size MiB"
export XDG_STATE_HOME=$T/home
over() { banger ssh -k "$key" deb1 -- "$@" </dev/null 2>"$T/ssh"; }
up() { over true; }
wait_for "ssh" up
expect_eq "root deb1" "$(over 'echo $(id -un) $(hostname)')" "over ssh"
over 'exit 7'
expect_eq 7 $? "its exit status"
expect_match 'found: line 1' "$(ssh-keygen -f "$T/home/banger/known_hosts" \
	-F "$(banger show deb1 --format json | jq -r .vm.vm_id)")" \
	"the host's key, under the VM's id"
# Keys of its own, not the image's.
expect_eq "" "$(debugfs -R 'ls /etc/ssh' "$BANGER_DEBIAN/rootfs.raw" 2>/dev/null | grep -o ssh_host)" \
	"host keys in the image"
banger stop deb1 --timeout 90 || fail stop
