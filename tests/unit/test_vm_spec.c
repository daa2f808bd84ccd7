/* SPDX-License-Identifier: ISC */
/* daemon/vm_spec: what a user may say of a VM, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../daemon/ports.h"
#include "../../daemon/vm.h"
#include "../../daemon/vm_spec.h"
#include "base/mem.h"
#include "wire/rpc.h"

static int
read_spec(const char *text, struct vm_spec *ret, json_t **ret_params)
{
	struct error err = ERROR_INIT;
	int rc;

	*ret_params = json_loads(text, 0, NULL);
	if (*ret_params == NULL)
		fail_msg("no JSON: %s", text);
	rc = vm_spec_read(*ret_params, ret, &err);
	if (rc < 0)
		assert_string_equal(err.kind, "invalid_argument");
	return rc;
}

static void
test_taken(void **state)
{
	struct vm vm = { .memory_mib = 256, .vcpus = 1 };
	struct vm_spec spec;
	json_t *params;

	(void)state;
	assert_int_equal(read_spec("{\"ports\":[\"8080:80\",\"8080:80/udp\","
				   "\"1:65535/tcp\"],\"cmdline\":\"a=b quiet\","
				   "\"vcpus\":2,\"machine\":\"firecracker\","
				   "\"ssh_key\":\"ssh-ed25519 "
				   "AAAAC3 me@here\",\"disk_mib\":512}",
			     &spec, &params),
	    0);
	assert_string_equal(spec.ports, "8080:80/tcp,8080:80/udp,1:65535/tcp");
	assert_int_equal(spec.disk_mib, 512);
	vm_spec_apply(&spec, &vm);
	vm_spec_done(&spec);
	json_decref(params);
	assert_string_equal(vm.cmdline, "a=b quiet");
	assert_string_equal(vm.ssh_key, "ssh-ed25519 AAAAC3 me@here");
	assert_int_equal(vm.vcpus, 2);
	assert_string_equal(vm.machine, "firecracker");
	assert_int_equal(vm.memory_mib, 256);
	/* What is not said stays, an empty text takes away. */
	assert_int_equal(read_spec("{\"cmdline\":\"\",\"ports\":[]}", &spec,
			     &params),
	    0);
	vm_spec_apply(&spec, &vm);
	vm_spec_done(&spec);
	json_decref(params);
	assert_string_equal(vm.cmdline, "");
	assert_string_equal(vm.ports, "");
	assert_string_equal(vm.ssh_key, "ssh-ed25519 AAAAC3 me@here");
	free(vm.machine);
	free(vm.cmdline);
	free(vm.ports);
	free(vm.ssh_key);
}

static void
test_refused(void **state)
{
	static const char *const bad[] = {
		"{\"ports\":\"80:80\"}",
		"{\"ports\":[80]}",
		"{\"ports\":[\"\"]}",
		"{\"ports\":[\"80\"]}",
		"{\"ports\":[\"0:80\"]}",
		"{\"ports\":[\"80:0\"]}",
		"{\"ports\":[\"65536:80\"]}",
		"{\"ports\":[\"80:80/\"]}",
		"{\"ports\":[\"80:80/sctp\"]}",
		"{\"ports\":[\"80:80/tcpx\"]}",
		"{\"ports\":[\"80:80/tcp/udp\"]}",
		"{\"ports\":[\"80:80 \"]}",
		"{\"ports\":[\" 80:80\"]}",
		"{\"ports\":[\"-1:80\"]}",
		"{\"ports\":[\"80:80,81:81\"]}",
		"{\"ports\":[\"80:80\",\"80:81/tcp\"]}",
		"{\"cmdline\":\"a\\nb\"}",
		"{\"cmdline\":\"a\\\"b\"}",
		"{\"cmdline\":\"\\u00e9\"}",
		"{\"machine\":\"pc\"}",
		"{\"memory_mib\":63}",
		"{\"vcpus\":33}",
		"{\"vcpus\":\"2\"}",
		"{\"disk_mib\":0}",
		"{\"ssh_key\":\"AAAA\"}",
		"{\"ssh_key\":\"ssh-rsa BBBB\"}",
		"{\"ssh_key\":\"command=\\\"x\\\" ssh-rsa AAAA\"}",
		"{\"ssh_key\":\"ssh-rsa AAAA\\nssh-rsa AAAA\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct vm_spec spec;
		json_t *params;

		if (read_spec(bad[i], &spec, &params) == 0)
			fail_msg("taken: %s", bad[i]);
		vm_spec_done(&spec);
		json_decref(params);
	}
}

static void
test_bounds(void **state)
{
	char text[2 * VM_SPEC_CMDLINE_MAX];
	struct vm_spec spec;
	json_t *params;

	(void)state;
	snprintf(text, sizeof(text), "{\"cmdline\":\"%0*d\"}",
	    VM_SPEC_CMDLINE_MAX, 0);
	assert_int_equal(read_spec(text, &spec, &params), 0);
	json_decref(params);
	snprintf(text, sizeof(text), "{\"cmdline\":\"%0*d\"}",
	    VM_SPEC_CMDLINE_MAX + 1, 0);
	assert_true(read_spec(text, &spec, &params) < 0);
	json_decref(params);
	assert_int_equal(vm_spec_name("web-1", NULL), 0);
	assert_true(vm_spec_name("-rf", NULL) < 0);
	assert_true(vm_spec_name("", NULL) < 0);
	assert_true(vm_spec_name("a/b", NULL) < 0);
	assert_true(vm_spec_name("Web", NULL) < 0);
	assert_true(vm_spec_name("web-", NULL) < 0);
	assert_true(vm_spec_name("localhost", NULL) < 0);
}

static void
test_ports(void **state)
{
	static const char all[] = "8080:80/tcp,53:5353/udp,65535:1/tcp";
	char port[16] = "";
	json_t *list, *first;

	(void)state;
	list = ports_json(all);
	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(json_string_value(json_array_get(list, 1)),
	    "53:5353/udp");
	json_decref(list);
	list = ports_numbers(all);
	assert_int_equal(json_array_size(list), 3);
	first = json_array_get(list, 1);
	assert_int_equal(json_integer_value(json_object_get(first, "host")),
	    53);
	assert_int_equal(json_integer_value(json_object_get(first, "guest")),
	    5353);
	assert_string_equal(json_string_value(
				json_object_get(first, "protocol")),
	    "udp");
	json_decref(list);
	list = ports_numbers("");
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	assert_true(ports_clash("1:1/tcp,65535:9/tcp", all, port));
	assert_string_equal(port, "65535/tcp");
	/* The guest's ports are its own, and each protocol has its own. */
	assert_false(ports_clash("80:80/tcp,8080:80/udp,53:53/tcp", all, port));
	assert_false(ports_clash("", all, port));
	assert_false(ports_clash(all, "", port));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
