/* SPDX-License-Identifier: ISC */
/* daemon/dns: which of the host's name servers a guest can ask. */
#include "../../daemon/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"

static const struct {
	const char *text, *servers;
} rows[] = {
	{ "", "" },
	{ "nameserver 10.0.0.1\n", "10.0.0.1" },
	{ "nameserver 10.0.0.1", "10.0.0.1" },
	{ "nameserver\t 10.0.0.1 \t\r\n", "10.0.0.1" },
	{ "# x\nsearch a b\nnameserver 1.1.1.1\noptions edns0\n"
	  "nameserver 9.9.9.9\n",
	    "1.1.1.1,9.9.9.9" },
	/* What a guest cannot reach, or does not speak. */
	{ "nameserver 127.0.0.53\nnameserver 127.1.2.3\n", "" },
	{ "nameserver 127.0.0.1\nnameserver 8.8.4.4\n", "8.8.4.4" },
	{ "nameserver ::1\nnameserver fe80::1%eth0\nnameserver 2001:db8::1\n",
	    "" },
	{ "nameserver 0.0.0.0\n", "" },
	/* No more than a resolver asks. */
	{ "nameserver 1.0.0.1\nnameserver 1.0.0.2\nnameserver 1.0.0.3\n"
	  "nameserver 1.0.0.4\n",
	    "1.0.0.1,1.0.0.2,1.0.0.3" },
	/* Not what it seems. */
	{ " nameserver 10.0.0.1\n#nameserver 10.0.0.1\n;nameserver 10.0.0.1\n",
	    "" },
	{ "nameserver10.0.0.1\nnameservers 10.0.0.1\nnameserver\n"
	  "10.0.0.1\nnameserver \n10.0.0.2\n",
	    "" },
	{ "nameserver 10.0.0.1;id\nnameserver 10.0.0\nnameserver 1.2.3.4.5\n"
	  "nameserver 010.0.0.1x\nnameserver 300.1.1.1\n"
	  "nameserver 111111111111111111111111\n",
	    "" },
};

static void
test_servers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;
		size_t n = dns_servers(rows[i].text, &out), commas = 0;

		for (const char *p = buf_str(&out); *p != '\0'; p++)
			commas += *p == ',';
		assert_string_equal(buf_str(&out), rows[i].servers);
		assert_int_equal(n, out.len > 0 ? commas + 1 : 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
