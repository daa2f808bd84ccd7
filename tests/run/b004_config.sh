# SPDX-License-Identifier: ISC
# bangerd.conf: every fault is told with its line, before anything is opened;
# the file that is installed is understood, with every key of it taken.
. "$(dirname "$0")"/harness.sh
conf=$T/x.conf
check() { expect_status "$1" bangerd --config "$conf" --check-config; }

cat >"$conf" <<'END'
# a comment
connections = 10

idle = 5
conections = 3
connections = 11
log_level = loud
run_dir = here
deadline.nowhere = 1s
what is this
deadline.guest_wait = 2min
END
check 1
expect_eq "$conf:4: idle wants a duration from 1s to 1d, not \"5\"
$conf:5: there is no key \"conections\"; did you mean connections?
$conf:6: connections stands in line 2 already; keep one of the two
$conf:7: log_level wants one of debug info warn error, not \"loud\"
$conf:8: run_dir wants an absolute path, not \"here\"
$conf:9: there is no key \"deadline.nowhere\"
$conf:10: neither a comment (#) nor \"KEY = VALUE\"" "$OUT" "the faults"
# It does not start with such a file, and says the first.
expect_status 1 bangerd --config "$conf" --run-dir "$T/run" --state-dir "$T/state"
expect_eq "bangerd: $conf:4: idle wants a duration from 1s to 1d, not \"5\"" "$OUT" "a start"
[ ! -e "$T/run" ] && [ ! -e "$T/state" ] || fail "something was made before the file was understood"

# Text from the file moves no cursor.
printf 'group = x\nname\033[2J = 1\n' >"$conf"
check 1
expect_eq "$conf:2: there is no key \"name\\x1b[2J\"" "$OUT" "a hostile key"

# A file that is named must be there; an option goes before what it says.
expect_status 1 bangerd --config "$T/none" --check-config
expect_match "none: No such file" "$OUT" "a missing file"
echo "log_level = warn" >"$conf"
check 0
expect_eq OK "$OUT" "a good file"
expect_status 1 bangerd --config "$conf" --log-level loud --check-config
expect_eq 'bangerd: --log-level: log_level wants one of debug info warn error, not "loud"' \
	"$OUT" "an option"

# ---- the installed one ----------------------------------------------------------
installed=$TESTS/../packaging/conf/bangerd.conf
expect_no_match '^[^#]' "$(grep . "$installed")" "something is set in the installed file"
cp "$installed" "$conf"
check 0
# With its comments taken away it says the same; what has no default is left.
sed -n 's/^#\([a-z_.]* = .*\)/\1/p' "$installed" >"$conf"
[ "$(wc -l <"$conf")" -ge 30 ] || fail "keys in the installed file"
check 0
while read -r key _; do
	echo "$key = nonsense:$key" >"$conf"
	case $key in
	group) check 0 ;;
	*) check 1 ;;
	esac
done < <(grep -oE '^#[a-z_.]+ =' "$installed" | tr -d '#')
