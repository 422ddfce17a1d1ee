/* The modes: what each promises, said a second time and compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "policy/mode.h"

enum {
	LAST_ACT = ACT_SYMLINK,
	ALL_ACTS = (LAST_ACT << 1) - 1,
	LOOKING = ACT_READ | ACT_LIST | ACT_STAT,
};

/* The acts that a mode answers so. */
static unsigned
acts_answered(enum mode mode, enum answer answer)
{
	unsigned acts = 0;

	for (unsigned act = 1; act <= LAST_ACT; act <<= 1)
		if (mode_answer(mode, (enum act)act) == answer)
			acts |= act;
	return acts;
}

static void
read_write_is_everything(void **state)
{
	(void)state;
	assert_int_equal(acts_answered(MODE_READ_WRITE, ANSWER_YES), ALL_ACTS);
}

static void
read_only_is_looking(void **state)
{
	(void)state;
	assert_int_equal(acts_answered(MODE_READ_ONLY, ANSWER_YES), LOOKING);
	assert_int_equal(acts_answered(MODE_READ_ONLY, ANSWER_OWN), 0);
}

static void
write_only_tells_no_content_and_no_names(void **state)
{
	(void)state;
	assert_int_equal(acts_answered(MODE_WRITE_ONLY, ANSWER_NO),
	    ACT_READ | ACT_LIST | ACT_LINK);
	assert_int_equal(acts_answered(MODE_WRITE_ONLY, ANSWER_OWN),
	    ACT_REMOVE);
}

static void
create_only_changes_nothing_but_its_own(void **state)
{
	(void)state;
	assert_int_equal(acts_answered(MODE_CREATE_ONLY, ANSWER_NO), 0);
	assert_int_equal(acts_answered(MODE_CREATE_ONLY, ANSWER_YES),
	    LOOKING | ACT_CREATE | ACT_LINK | ACT_SYMLINK);
}

static void
several_acts_get_the_strictest_answer(void **state)
{
	(void)state;
	assert_int_equal(mode_answer_all(MODE_READ_ONLY, 0), ANSWER_YES);
	assert_int_equal(mode_answer_all(MODE_READ_ONLY, LOOKING), ANSWER_YES);
	assert_int_equal(mode_answer_all(MODE_READ_ONLY, ACT_READ | ACT_META),
	    ANSWER_NO);
	assert_int_equal(mode_answer_all(MODE_CREATE_ONLY,
			     ACT_CREATE | ACT_WRITE),
	    ANSWER_OWN);
	assert_int_equal(mode_answer_all(MODE_CREATE_ONLY,
			     ACT_WRITE | ACT_CREATE | ACT_READ),
	    ANSWER_OWN);
	assert_int_equal(mode_answer_all(MODE_WRITE_ONLY,
			     ACT_REMOVE | ACT_CREATE | ACT_READ),
	    ANSWER_NO);
}

static void
an_unknown_act_is_denied_in_every_mode(void **state)
{
	(void)state;
	for (enum mode mode = 0; mode < MODE_COUNT; mode++) {
		assert_int_equal(mode_answer(mode, (enum act)(LAST_ACT << 1)),
		    ANSWER_NO);
		assert_int_equal(mode_answer(mode, (enum act)0), ANSWER_NO);
		/* Two acts are not one: mode_answer_all is for them. */
		assert_int_equal(mode_answer(mode,
				     (enum act)(ACT_READ | ACT_STAT)),
		    ANSWER_NO);
		assert_int_equal(mode_answer_all(mode,
				     ACT_STAT | LAST_ACT << 1),
		    ANSWER_NO);
	}
}

static void
modes_and_acts_have_names_of_their_own(void **state)
{
	(void)state;
	assert_string_equal(mode_name(MODE_READ_WRITE), "read-write");
	assert_string_equal(mode_name(MODE_READ_ONLY), "read-only");
	assert_string_equal(mode_name(MODE_WRITE_ONLY), "write-only");
	assert_string_equal(mode_name(MODE_CREATE_ONLY), "create-only");
	for (unsigned act = 1; act <= LAST_ACT; act <<= 1) {
		const char *name = mode_act_name((enum act)act);

		assert_string_not_equal(name, "?");
		for (unsigned other = 1; other < act; other <<= 1)
			assert_string_not_equal(name,
			    mode_act_name((enum act)other));
	}
	assert_string_equal(mode_act_name((enum act)(LAST_ACT << 1)), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_write_is_everything),
		cmocka_unit_test(read_only_is_looking),
		cmocka_unit_test(write_only_tells_no_content_and_no_names),
		cmocka_unit_test(create_only_changes_nothing_but_its_own),
		cmocka_unit_test(several_acts_get_the_strictest_answer),
		cmocka_unit_test(an_unknown_act_is_denied_in_every_mode),
		cmocka_unit_test(modes_and_acts_have_names_of_their_own),
	};

	return cmocka_run_group_tests_name("mode", tests, NULL, NULL);
}
