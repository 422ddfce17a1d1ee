/* A line is a key, or says why this server can't honour it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "serve/address.c"
#include "serve/authorized_keys.c"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define ED25519        \
	"ssh-ed25519 " \
	"AAAAC3NzaC1lZDI1NTE5AAAAIKdlQ9Q53vSubwjnip0//h4BpcNzfcYRkGrg5yDXzaZx"
#define ECDSA                                                                  \
	"ecdsa-sha2-nistp256 "                                                 \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBNgc4bnxlccScZHK" \
	"ZnnMfANItYmSpxR1ygH9vYY0WXtPmsW3Kx6nbuxm4kZkMh5VX5IW8CFeVAe3Wno6uBeJ" \
	"7qU="

static const char rsa_2048[] =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCpqB8mp7CFIkupFn044Sv4"
    "1mXKO/dZGlYC592gjZAtHiwWmtBEdt3y19U5TcO8CvlNuQJIgDuYFCMvpibR"
    "i/qL+i/KydUeRFUlSwKlzQd/FHBDYYYt9MqoxaDLa0qEvgJMVb51Cp6zRKf1"
    "+BdQN5lZDR7BiBhT3sP6KHxLr1qs5jHpbi+xKH6RkATNcfX9UlS12p6R7kV9"
    "7rDjxWbloVSJMmdWaUsST4oXAeQl69ZYvPyUZuGC55h9+K/eIz0oWRRchutK"
    "tKdPemUCN/EEGIm56NAG+/RRkfigx+jju/EHb3D3Wvg6T4xyBMnV7J4F5ZNa"
    "i0LhVXBv/VRiMW2X1/33";
static const char rsa_3072[] =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDV+hy5bZY1lkm1Qn/zmbpm"
    "+tcPIvNf8vkHqzHy2xjXLPm8HmyGYsGrTIFeKZ1ig2O09/29QiikVV5Vj6Nm"
    "m86A+g1efNt2X78PR4J+vMN5VFb9eAT5ufAOQRHxz4dS2h6eVRSxna0iTcqd"
    "iJ++ROYFVIe0bNCJUlO5Fd/G4SXJGqYHANFQzOo1kZgb2hzcpujzsXrkFeWW"
    "St45Ez202a9uXvkPlR9WDNFxDEc9vuYtHVlFZIensgQgxMNMAlizvAWcObHF"
    "K9NX8b0YPQmQif4QXkUpOeK+vmTZ8wys2INiIe0xrx1a4FltCFGxVWZ3cs9U"
    "VqUqSGCDy0pNQi2U1wsrok4/g3V4gGlPKIeu3XDrmWyqyAoneljCB++7TScC"
    "GoxjzTQdoY+mW3fQcH1TUOUQakMy8VfwYwmH7ipXB8lBWvATvqK79vZl5+dU"
    "q3JFPdMLoRLXfvX5DbIccKiiPgP4UZAJHlQPYubSfqdnXL/YFxf/3/9ZiYqF"
    "v7+nJ9+kysE=";
static const char fingerprint[] =
    "SHA256:x+o34PPRCwB0TvJd6Szpr+4MljWEOr0gQxr1VAx2mv8";

/* A security key's blob: its type, a point, "ssh:". */
#define SK_ED25519                                                     \
	"sk-ssh-ed25519@openssh.com "                                  \
	"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAABHNzaDo="

static struct authorized_key key;
static const char *why;

static enum key_line
parse(const char *line)
{
	authorized_key_free(&key);
	return authorized_key_parse(&key, line, strlen(line), &why);
}

static void
keys_with_and_without_options_are_read(void **state)
{
	static const char *const lines[] = { ED25519, ED25519 " a comment",
		"  " ED25519 "\t", ED25519 "\r", "restrict " ED25519,
		"no-pty,no-port-forwarding,no-X11-forwarding,"
		"no-agent-forwarding,no-user-rc " ED25519,
		"RESTRICT,Pty " ED25519, "permitopen=\"a:1\" " ED25519,
		"restrict,command=\"x \\\"y\\\"\",from=\"*\"\t" ED25519,
		"expiry-time=\"20991231\" " ED25519, ECDSA,
		"no-touch-required " SK_ED25519 };

	(void)state;
	for (size_t i = 0; i < LENGTH(lines); i++) {
		if (parse(lines[i]) != KEY_LINE_KEY)
			fail_msg("%s: %s", lines[i], why);
	}
	assert_int_equal(parse(rsa_3072), KEY_LINE_KEY);
	assert_string_equal(key.type, "ssh-rsa");
}

static void
blank_lines_and_remarks_are_passed_over(void **state)
{
	static const char *const lines[] = { "", " \t", "# " ED25519, "\r" };

	(void)state;
	for (size_t i = 0; i < LENGTH(lines); i++)
		assert_int_equal(parse(lines[i]), KEY_LINE_BLANK);
}

/* Each with a word of its reason. */
static const struct {
	const char *line, *word;
} bad[] = {
	{ "cert-authority " ED25519, "cert-authority" },
	{ "verify-required " ED25519, "verify-required" },
	{ "principals=\"a\" " ED25519, "principals" },
	{ "tunnel=\"0\" " ED25519, "tunnel" },
	{ "environment=\"A=b\" " ED25519, "environment" },
	{ "no-such-option " ED25519, "know" },
	{ "restrict,no-such " ED25519, "know" },
	{ "restrict=\"x\" " ED25519, "know" },
	{ "command " ED25519, "know" },
	{ "from=\"a\",from=\"b\" " ED25519, "twice" },
	{ "from=\"\" " ED25519, "an entry" },
	{ "from=\"!192.0.2.0/33,*\" " ED25519, "a block" },
	{ "from=\"192.0.2.7/24\" " ED25519, "a block" },
	{ "command=\"a\",command=\"b\" " ED25519, "twice" },
	{ "command=a " ED25519, "quotes" },
	{ "command=\"a " ED25519, "quotes" },
	{ "restrict," ED25519, "know" },
	{ "restrict", "blank" },
	{ "expiry-time=\"2020\" " ED25519, "date" },
	{ "expiry-time=\"20200231\" " ED25519, "date" },
	{ "expiry-time=\"20990101\",expiry-time=\"20980101\" " ED25519,
	    "date" },
	{ SK_ED25519, "touch" },
	{ "ssh-dss AAAAB3NzaC1kc3MAAAAA", "know" },
	{ "ssh-ed25519", "read" },
	{ "ssh-ed25519 AAAA", "read" },
	{ "ssh-ed25519 !!!!", "read" },
	/* what the text calls it, it is not */
	{ "ssh-rsa "
	  "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "read" },
};

static void
what_cannot_be_honoured_is_no_key_and_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		if (parse(bad[i].line) != KEY_LINE_BAD)
			fail_msg("%s: a key", bad[i].line);
		if (strstr(why, bad[i].word) == NULL)
			fail_msg("%s: %s", bad[i].line, why);
	}
	assert_int_equal(parse(rsa_2048), KEY_LINE_BAD);
	assert_non_null(strstr(why, "3072"));
	assert_int_equal(authorized_key_parse(&key, "a\0b", 3, &why),
	    KEY_LINE_BAD);
}

static void
an_options_value_is_kept_as_it_was_meant(void **state)
{
	(void)state;
	assert_int_equal(parse(
			     "command=\"a \\\"b\\\" \\c\",from=\"1.2.3.4,!x\","
			     "expiry-time=\"20300102030405Z\" " ED25519),
	    KEY_LINE_KEY);
	assert_string_equal(key.command, "a \"b\" \\c");
	assert_string_equal(key.from, "1.2.3.4,!x");
	assert_int_equal(key.expires, 1893553445);
}

static void
a_key_holds_from_where_and_until_when_it_says(void **state)
{
	struct address here, there;

	(void)state;
	assert_true(address_parse(&here, "192.0.2.1"));
	assert_true(address_parse(&there, "198.51.100.1"));
	assert_int_equal(parse("from=\"192.0.2.0/"
			       "24\",expiry-time=\"20300101Z\" " ED25519),
	    KEY_LINE_KEY);
	assert_true(authorized_key_holds(&key, &here, 1893455999, &why));
	assert_false(authorized_key_holds(&key, &here, 1893456000, &why));
	assert_non_null(strstr(why, "expiry"));
	assert_false(authorized_key_holds(&key, &there, 0, &why));
	assert_non_null(strstr(why, "from="));
}

static void
a_fingerprint_is_as_ssh_keygen_prints_it(void **state)
{
	char text[KEY_FINGERPRINT];

	(void)state;
	assert_int_equal(parse(ED25519), KEY_LINE_KEY);
	key_fingerprint(key.blob, key.blob_len, text);
	assert_string_equal(text, fingerprint);
}

static int
free_last(void **state)
{
	(void)state;
	authorized_key_free(&key);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_with_and_without_options_are_read),
		cmocka_unit_test(blank_lines_and_remarks_are_passed_over),
		cmocka_unit_test(
		    what_cannot_be_honoured_is_no_key_and_says_why),
		cmocka_unit_test(an_options_value_is_kept_as_it_was_meant),
		cmocka_unit_test(a_key_holds_from_where_and_until_when_it_says),
		cmocka_unit_test(a_fingerprint_is_as_ssh_keygen_prints_it),
	};

	return cmocka_run_group_tests_name("authorized_keys", tests, NULL,
	    free_last);
}
