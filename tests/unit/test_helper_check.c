/* SPDX-License-Identifier: ISC */
/* helper/check: what a request may say, and what it may not. */
#include "../../helper/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

#include "wire/rpc.h"

#define A32 "abcdefghijklmnopqrstuvwxyz012345"

static const char launch_params[] =
    "vm_id slot image_id machine memory_mib vcpus cmdline";

static void
test_ids(void **state)
{
	static const char *const good[] = { "a", "0", "vm-1", "a--b", "a-",
		A32 };
	static const char *const bad[] = { "", "-", "-rf", ".", "..", "a.b",
		"a/b", "../a", "/etc", "A", "vM", "a b", " a", "a\n", "a\t",
		"a,b", "a=b", "a%b", "a:b", "a_b", "a\\b", "a\"b", "a'b", "a;b",
		"a$b", "a`b", "a*", "~a", "\x1b[31m", "caf\xc3\xa9",
		"\xef\xbd\x81", "\xff", A32 "6", A32 A32 A32 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++)
		if (!check_id(good[i]))
			fail_msg("refused: %s", good[i]);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (check_id(bad[i]))
			fail_msg("taken: %s", bad[i]);
}

static void
test_interface_names(void **state)
{
	static const char *const good[] = { "lo", "bgr0", "bgr1234abcd",
		"a-2345678901234" };
	static const char *const bad[] = { "", "b", "0b", "-h", "tap%d",
		"eth.1", "a:b", "B0", "a b", "a/b", "..", "\xc3\xa9\xc3\xa9",
		"a-23456789012345" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++)
		if (!check_ifname(good[i]))
			fail_msg("refused: %s", good[i]);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (check_ifname(bad[i]))
			fail_msg("taken: %s", bad[i]);
}

static void
test_table_names(void **state)
{
	(void)state;
	assert_true(check_table_name("banger"));
	assert_true(check_table_name("b_2"));
	assert_false(check_table_name(""));
	assert_false(check_table_name("2b"));
	assert_false(check_table_name("a b"));
	assert_false(check_table_name("a;flush"));
	assert_false(check_table_name("a}"));
	assert_false(check_table_name(A32));
}

static void
test_cmdline(void **state)
{
	char text[CHECK_CMDLINE_MAX + 2];

	(void)state;
	assert_true(check_cmdline(""));
	assert_true(check_cmdline(
	    "console=ttyS0 root=/dev/vda rw ip=10.0.0.2::10.0.0.1 a,b@c_d-e"));
	assert_false(check_cmdline("a\nb"));
	assert_false(check_cmdline("a\"b"));
	assert_false(check_cmdline("a'b"));
	assert_false(check_cmdline("a;b"));
	assert_false(check_cmdline("a%b"));
	assert_false(check_cmdline("a\tb"));
	assert_false(check_cmdline("\xc3\xa9"));
	memset(text, 'a', sizeof(text));
	text[CHECK_CMDLINE_MAX] = '\0';
	assert_true(check_cmdline(text));
	text[CHECK_CMDLINE_MAX] = 'a';
	text[CHECK_CMDLINE_MAX + 1] = '\0';
	assert_false(check_cmdline(text));
}

static void
test_hostnames(void **state)
{
	static const char *const good[] = { "a", "0", "web-1", "a--b", A32,
		A32 "012345678901234567890123456789a" };
	static const char *const bad[] = { "", "-", "-a", "a-", "a.b", "A",
		"a b", "a\n", "a_b", "caf\xc3\xa9", A32 A32 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++)
		if (!check_hostname(good[i]))
			fail_msg("refused: %s", good[i]);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (check_hostname(bad[i]))
			fail_msg("taken: %s", bad[i]);
}

#define ED "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"

static void
test_keys(void **state)
{
	static const char *const bad[] = { "", " ", "ssh-ed25519",
		"ssh-ed25519 ", "ssh-ed25519 A", "ssh-ed25519 AAAA",
		"ssh-ed25519 AAA=", "ssh-ed25519 AA==", "ssh-ed25519 ====",
		"ssh-ed25519 A===", "ssh-ed25519 =", "ssh-ed25519 ==",
		/* Another type inside, or none at all. */
		"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAAA",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE4AAAAIAAA",
		"ssh-ed25519 /AAAC3NzaC1lZDI1NTE5AAAAIAAA",
		"ssh-ed25519 AA/AC3NzaC1lZDI1NTE5AAAAIAAA",
		"ssh-ed25519 A/AAC3NzaC1lZDI1NTE5AAAAIAAA",
		"ssh-ed25519 AAD/C3NzaC1lZDI1NTE5AAAAIAAA",
		"ssh-ed25519 AAAADHNzaC1lZDI1NTE5AAAAIAAA",
		/* Not one line of strict base64. */
		ED "AA", ED "AAA a@b", ED "AAA\n", ED "A\nA", ED "A A",
		ED "A=A", ED "A-A", ED "A_A", ED "\xff\xff\xff", " " ED "AAA",
		"no-pty " ED "AAA", "ssh-ed25519  AAAA",
		"ssh-ed2551 AAAAC3NzaC1lZDI1NTE5AAAAIAAA",
		"ssh-ed25518 AAAAC3NzaC1lZDI1NTE5AAAAIAAA",
		"ssh-dss AAAAB3NzaC1kc3MAAA==" };
	size_t i;

	(void)state;
	assert_true(check_ssh_key(ED "AAA"));
	assert_true(check_ssh_key(ED "AA="));
	assert_true(check_ssh_key(ED "A=="));
	assert_true(check_ssh_key(ED "z9+"));
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (check_ssh_key(bad[i]))
			fail_msg("taken: %s", bad[i]);
}

/* As ssh-keygen makes them, cut behind the type. */
static void
test_keys_of_all_types(void **state)
{
	static const char *const good[] = {
		"ssh-rsa AAAAB3NzaC1yc2EAAAAD",
		"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI",
		"ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAI",
		"ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAI",
		"sk-ssh-ed25519@openssh.com "
		"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAA",
		"sk-ecdsa-sha2-nistp256@openssh.com "
		"AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAA",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++)
		if (!check_ssh_key(good[i]))
			fail_msg("refused: %s", good[i]);
}

static void
test_key_length(void **state)
{
	char text[CHECK_KEY_MAX + 8] = ED "AAA";
	size_t n = strlen(text);

	(void)state;
	while (n + 4 <= CHECK_KEY_MAX) {
		memcpy(text + n, "AAAA", 5);
		n += 4;
	}
	assert_true(check_ssh_key(text));
	memcpy(text + n, "AAAA", 5);
	assert_false(check_ssh_key(text));
}

static void
test_base_dirs(void **state)
{
	char text[202];

	(void)state;
	assert_true(check_base_dir("/run/banger-helper"));
	assert_true(check_base_dir("/tmp/a.b/..c"));
	assert_false(check_base_dir(""));
	assert_false(check_base_dir("run"));
	assert_false(check_base_dir("/run/../etc"));
	assert_false(check_base_dir("/run/.."));
	assert_false(check_base_dir("/./run"));
	assert_true(check_base_dir("/"));
	assert_true(check_base_dir("//a//"));
	assert_true(check_base_dir("/a/.b/b./ab"));
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	text[200] = '\0';
	assert_true(check_base_dir(text));
	text[200] = 'a';
	text[201] = '\0';
	assert_false(check_base_dir(text));
}

static void
test_programs(void **state)
{
	static const char *const bad[] = { "", "/", "/usr", "usr/bin/a",
		"/bin/a", "/usrbin/a", "/USR/bin/a", "//usr/bin/a",
		"/opt/usr/bin/a", "/usr/../tmp/a", "/usr/bin/..",
		"/usr/./bin/a", " /usr/bin/a" };
	size_t i;

	(void)state;
	assert_true(check_program("/usr/bin/qemu-system-x86_64"));
	assert_true(check_program("/usr/local/bin/firecracker"));
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (check_program(bad[i]))
			fail_msg("taken: %s", bad[i]);
}

static void
test_subnets(void **state)
{
	static const char *const bad[] = { "", "172.30.0.0", "172.30.0.0/",
		"172.30.0.0/15", "172.30.0.0/30", "172.30.0.0/-1",
		"172.30.0.0/ 20", "172.30.0.0/20x", "172.30.1.0/20",
		"172.30.0/20", "256.0.0.0/16", "::1/20", "/20",
		"1234567890123456789.0.0.0/20" };
	struct check_subnet net = { 1, 2 };
	struct error err = ERROR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (check_subnet(bad[i], &net, &err) >= 0)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(net.base, 1);
	assert_int_equal(net.prefix, 2);
	assert_int_equal(check_subnet("172.30.0.0/20", &net, &err), 0);
	assert_int_equal(net.base, 0xac1e0000);
	assert_int_equal(net.prefix, 20);
	/* The last guest is base + 1 + slots, one below the broadcast. */
	assert_int_equal(check_subnet_slots(&net), 4093);
	assert_int_equal(check_subnet("10.0.0.8/29", &net, &err), 0);
	assert_int_equal(check_subnet_slots(&net), 5);
	assert_int_equal(check_subnet("10.0.0.0/16", &net, &err), 0);
	assert_int_equal(check_subnet_slots(&net), CHECK_SLOT_MAX);
}

/* The verdict on params in JSON; its kind has to be invalid_argument. */
static bool
takes(const char *json, const char *wanted, struct check_params *ret)
{
	_cleanup_json_ json_t *o = json_loads(json, JSON_ALLOW_NUL, NULL);
	struct error err = ERROR_INIT;
	int r;

	assert_non_null(o);
	r = check_request(o, wanted, ret, &err);
	if (r < 0)
		assert_string_equal(err.kind,
		    rpc_code_name(RPC_INVALID_ARGUMENT));
	return r == 0;
}

/* A parameter is wanted by its whole name, wherever it stands in the row. */
static void
test_wanted_words(void **state)
{
	struct check_params p;

	(void)state;
	assert_true(takes("{\"slot\":1}", "  slot  ", &p));
	assert_false(takes("{\"slot\":1}", "slots", &p));
	assert_false(takes("{\"slot\":1}", "slo", &p));
	assert_false(takes("{\"slot\":1}", "sl t", &p));
	assert_false(takes("{\"slot\":1}", "sloT", &p));
	/* What is wanted twice is there once. */
	assert_true(takes("{\"slot\":1}", "slot slot", &p));
	assert_false(takes("{\"slot\":1}", "vm_id slot", &p));
	assert_true(takes("{\"ssh_key\":\"" ED "AAA\"}", "ssh_key", &p));
	assert_string_equal(p.ssh_key, ED "AAA");
	assert_true(takes("{\"ssh_key\":\"\"}", "ssh_key", &p));
	assert_string_equal(p.ssh_key, "");
}

static void
test_launch(void **state)
{
	struct check_params p;

	(void)state;
	assert_true(takes("{\"vm_id\":\"vm-1\",\"slot\":4093,"
			  "\"image_id\":\"tiny\",\"machine\":\"q35\","
			  "\"memory_mib\":64,\"vcpus\":32,"
			  "\"cmdline\":\"console=ttyS0\"}",
	    launch_params, &p));
	assert_string_equal(p.vm_id, "vm-1");
	assert_string_equal(p.image_id, "tiny");
	assert_int_equal(p.slot, 4093);
	assert_int_equal(p.machine, CHECK_Q35);
	assert_int_equal(p.memory_mib, 64);
	assert_int_equal(p.vcpus, 32);
	assert_string_equal(p.cmdline, "console=ttyS0");
}

static void
test_machines(void **state)
{
	static const struct {
		const char *json;
		enum check_machine machine;
	} good[] = {
		{ "{\"machine\":\"microvm\"}", CHECK_MICROVM },
		{ "{\"machine\":\"q35\"}", CHECK_Q35 },
		{ "{\"machine\":\"firecracker\"}", CHECK_FIRECRACKER },
	};
	struct check_params p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(takes(good[i].json, "machine", &p));
		assert_int_equal(p.machine, good[i].machine);
	}
}

static void
test_each_parameter_is_checked(void **state)
{
	static const struct {
		const char *wanted, *json;
	} bad[] = {
		{ "vm_id", "{}" },
		{ "vm_id", "{\"vm_id\":null}" },
		{ "vm_id", "{\"vm_id\":7}" },
		{ "vm_id", "{\"vm_id\":[\"a\"]}" },
		{ "vm_id", "{\"vm_id\":\"..\"}" },
		{ "vm_id", "{\"vm_id\":\"-rf\"}" },
		{ "vm_id", "{\"vm_id\":\"a\\u0000b\"}" },
		{ "vm_id", "{\"vm_id\":\"a\\u0000\"}" },
		{ "image_id", "{\"image_id\":\"a/../b\"}" },
		{ "slot", "{\"slot\":0}" },
		{ "slot", "{\"slot\":-1}" },
		{ "slot", "{\"slot\":4094}" },
		{ "slot", "{\"slot\":4294967297}" },
		{ "slot", "{\"slot\":1.0}" },
		{ "slot", "{\"slot\":\"1\"}" },
		{ "slot", "{\"slot\":true}" },
		{ "machine", "{\"machine\":\"pc\"}" },
		{ "machine", "{\"machine\":\"q35,accel=tcg\"}" },
		{ "machine", "{\"machine\":\"Firecracker\"}" },
		{ "machine", "{\"machine\":\"firecracker \"}" },
		{ "machine", "{\"machine\":\"firecracker\\u0000\"}" },
		{ "machine", "{\"machine\":\"firecracke\"}" },
		{ "machine", "{\"machine\":\"firecracker --no-seccomp\"}" },
		{ "machine", "{\"machine\":\"\"}" },
		{ "memory_mib", "{\"memory_mib\":63}" },
		{ "memory_mib", "{\"memory_mib\":65537}" },
		{ "vcpus", "{\"vcpus\":0}" },
		{ "vcpus", "{\"vcpus\":33}" },
		{ "cmdline", "{\"cmdline\":\"a\\nb\"}" },
		{ "cmdline", "{\"cmdline\":\"a\\u0000b\"}" },
		{ "cmdline", "{\"cmdline\":7}" },
		{ "machine", "{\"machine\":7}" },
		{ "work_mib", "{\"work_mib\":15}" },
		{ "work_mib", "{\"work_mib\":65537}" },
		{ "hostname", "{\"hostname\":7}" },
		{ "hostname", "{\"hostname\":\"\"}" },
		{ "hostname", "{\"hostname\":\"a.b\"}" },
		{ "ssh_key", "{\"ssh_key\":7}" },
		{ "ssh_key", "{\"ssh_key\":\"ssh-rsa\"}" },
	};
	struct check_params p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (takes(bad[i].json, bad[i].wanted, &p))
			fail_msg("taken: %s", bad[i].json);
}

/* clang-format off */
#define PORT(host, guest, protocol) \
	"{\"host\":" host ",\"guest\":" guest \
	",\"protocol\":\"" protocol "\"}"
/* clang-format on */

static void
test_ports(void **state)
{
	static const char *const bad[] = { "7", "{}", "\"8080:80\"", "[7]",
		"[\"8080:80\"]", "[{}]", "[[]]", "[null]",
		"[" PORT("0", "80", "tcp") "]",
		"[" PORT("65536", "80", "tcp") "]",
		"[" PORT("80", "0", "tcp") "]",
		"[" PORT("80", "65536", "tcp") "]",
		"[" PORT("80.0", "80", "tcp") "]",
		"[" PORT("80", "80", "TCP") "]", "[" PORT("80", "80", "") "]",
		"[" PORT("80", "80", "tcp\\u0000") "]",
		"[" PORT("80", "80", "tcp . 22") "]",
		"[{\"host\":80,\"guest\":80}]",
		"[{\"host\":80,\"guest\":80,\"protocol\":6}]",
		"[{\"host\":80,\"guest\":80,\"protocol\":\"udp\","
		"\"address\":\"10.0.0.1\"}]",
		"[" PORT("80", "80", "tcp") "," PORT("80", "81", "tcp") "]",
		"[" PORT("80", "80", "tcp") "," PORT("81", "0", "tcp") "]" };
	_cleanup_json_ json_t *many = json_array();
	struct check_params p;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(text, sizeof(text), "{\"ports\":%s}", bad[i]);
		if (takes(text, "ports", &p))
			fail_msg("taken: %s", bad[i]);
	}
	assert_false(takes("{}", "ports", &p));
	assert_true(takes("{\"ports\":[]}", "ports", &p));
	assert_int_equal(p.n_ports, 0);
	assert_true(
	    takes("{\"ports\":[" PORT("53", "5353", "udp") "," PORT("53", "1",
		      "tcp") "," PORT("65535", "65535", "tcp") "]}",
		"ports", &p));
	assert_int_equal(p.n_ports, 3);
	assert_int_equal(p.ports[0].host, 53);
	assert_int_equal(p.ports[0].guest, 5353);
	assert_true(p.ports[0].udp);
	assert_false(p.ports[1].udp);
	assert_int_equal(p.ports[2].host, 65535);
	for (i = 1; i <= CHECK_PORTS_MAX + 1; i++) {
		json_array_append_new(many,
		    json_pack("{s:i, s:i, s:s}", "host", (int)i, "guest", 1,
			"protocol", "tcp"));
		assert_int_equal(check_ports(many, &p, NULL) == 0,
		    i <= CHECK_PORTS_MAX);
	}
}

static void
test_strangers_are_refused(void **state)
{
	struct check_params p;

	(void)state;
	assert_true(takes("{}", "", &p));
	assert_true(takes("{\"vm_id\":\"a\"}", "vm_id", &p));
	assert_false(takes("{\"vm_id\":\"a\"}", "", &p));
	assert_false(takes("{\"vm_id\":\"a\",\"pid\":1}", "vm_id", &p));
	assert_false(takes("{\"vm_id\":\"a\",\"slot\":1}", "vm_id", &p));
	assert_true(takes("{\"slot\":1,\"vm_id\":\"a\"}", "vm_id slot", &p));
}

/* A failed check leaves what the caller had. */
static void
test_output_is_kept(void **state)
{
	struct check_params p;

	(void)state;
	memset(&p, 0, sizeof(p));
	strcpy(p.vm_id, "kept");
	assert_false(takes("{\"vm_id\":\"new\",\"slot\":0}", "vm_id slot", &p));
	assert_string_equal(p.vm_id, "kept");
}

/* Each parameter that the table of operations names has a check. */
static void
test_table_is_covered(void **state)
{
	static const char all[] =
	    "{\"vm_id\":\"a\",\"slot\":1,\"image_id\":\"b\","
	    "\"machine\":\"microvm\",\"memory_mib\":128,\"vcpus\":1,"
	    "\"cmdline\":\"\",\"work_mib\":16,"
	    "\"hostname\":\"h\",\"ssh_key\":\"\",\"ports\":[]}";
	static const char *const wanted[] = {
#define PRIVOP(id, name, fn, params, about) params,
#include "wire/privops.def"
#undef PRIVOP
	};
	_cleanup_json_ json_t *every = json_loads(all, 0, NULL);
	struct check_params p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(wanted); i++) {
		_cleanup_json_ json_t *o = json_object();
		_cleanup_free_ char *text = strdup(wanted[i]);
		char *save, *w;

		for (w = strtok_r(text, " ", &save); w != NULL;
		     w = strtok_r(NULL, " ", &save))
			json_object_set(o, w, json_object_get(every, w));
		if (check_request(o, wanted[i], &p, NULL) < 0)
			fail_msg("no check for one of: %s", wanted[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_interface_names),
		cmocka_unit_test(test_table_names),
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_hostnames),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_of_all_types),
		cmocka_unit_test(test_key_length),
		cmocka_unit_test(test_wanted_words),
		cmocka_unit_test(test_base_dirs),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_subnets),
		cmocka_unit_test(test_machines),
		cmocka_unit_test(test_launch),
		cmocka_unit_test(test_each_parameter_is_checked),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_strangers_are_refused),
		cmocka_unit_test(test_output_is_kept),
		cmocka_unit_test(test_table_is_covered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
