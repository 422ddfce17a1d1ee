/* The table of jails says the mode that it is named for, in every column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "confine/landlock.h"
#include "confine/profiles.h"

#define CHANGES                                                          \
	(LL_WRITE_FILE | LL_REMOVE_DIR | LL_REMOVE_FILE | LL_MAKE_CHAR | \
	    LL_MAKE_DIR | LL_MAKE_REG | LL_MAKE_SOCK | LL_MAKE_FIFO |    \
	    LL_MAKE_BLOCK | LL_MAKE_SYM | LL_REFER | LL_TRUNCATE)

static const enum jail_profile jails[] = { JAIL_FILES, JAIL_PROGRAM };

#define EACH(jail) \
	for (size_t jail = 0; jail < sizeof(jails) / sizeof(jails[0]); jail++)

static void
each_has_a_name_of_its_own(void **state)
{
	(void)state;
	EACH(a)
	EACH(b)
	{
		for (int m = 0; m < MODE_COUNT; m++)
			for (int n = 0; n < MODE_COUNT; n++) {
				const char *one =
				    profile_of(jails[a], (enum mode)m)->name;
				const char *two =
				    profile_of(jails[b], (enum mode)n)->name;

				assert_non_null(one);
				if (a != b || m != n)
					assert_string_not_equal(one, two);
			}
	}
}

static void
nobody_executes_or_asks_devices(void **state)
{
	(void)state;
	EACH(j)
	{
		for (int m = 0; m < MODE_COUNT; m++) {
			const struct profile *profile =
			    profile_of(jails[j], (enum mode)m);

			assert_int_equal((profile->rights | profile->devices) &
					     (LL_EXECUTE | LL_IOCTL_DEV),
			    0);
		}
	}
}

static void
read_only_changes_nothing(void **state)
{
	(void)state;
	EACH(j)
	{
		const struct profile *profile =
		    profile_of(jails[j], MODE_READ_ONLY);

		assert_int_equal((profile->rights | profile->devices) & CHANGES,
		    0);
		assert_int_equal(profile->caps, CAPS_READ);
		assert_int_equal(profile->in_ours, CAPS_READ);
	}
	assert_int_equal(profile_of(JAIL_PROGRAM, MODE_READ_ONLY)->filter,
	    FILTER_PROGRAM_READ_ONLY);
	assert_int_equal(profile_of(JAIL_PROGRAM, MODE_READ_ONLY)->brokered,
	    FILTER_PROGRAM_READ_ONLY);
	assert_int_equal(profile_of(JAIL_PROGRAM, MODE_READ_ONLY)->deaf,
	    FILTER_PROGRAM_EXEC_READ_ONLY);
	assert_int_equal(profile_of(JAIL_FILES, MODE_READ_ONLY)->filter,
	    FILTER_FILES_READ_ONLY);
}

static void
write_only_lists_nothing(void **state)
{
	(void)state;
	EACH(j)
	assert_int_equal(profile_of(jails[j], MODE_WRITE_ONLY)->rights &
			     LL_READ_DIR,
	    0);
	assert_int_equal(profile_of(JAIL_FILES, MODE_WRITE_ONLY)->rights &
			     LL_READ_FILE,
	    0);
}

static void
devices_are_made_only_where_they_are_dead(void **state)
{
	(void)state;
	EACH(j)
	{
		for (int m = 0; m < MODE_COUNT; m++) {
			const struct profile *profile =
			    profile_of(jails[j], (enum mode)m);

			assert_int_equal(profile->rights &
					     (LL_MAKE_CHAR | LL_MAKE_BLOCK),
			    0);
			assert_int_not_equal(profile->in_ours, CAPS_RESTORE);
		}
	}
	assert_int_not_equal(profile_of(JAIL_PROGRAM, MODE_READ_WRITE)->devices,
	    0);
}

static void
create_only_is_guarded_or_refused(void **state)
{
	const struct profile *profile =
	    profile_of(JAIL_PROGRAM, MODE_CREATE_ONLY);

	(void)state;
	assert_int_equal(profile->filter, FILTER_PROGRAM_CREATE_ONLY);
	assert_int_equal(profile->brokered, FILTER_PROGRAM_CREATE_ONLY);
	assert_int_equal(profile->deaf, FILTER_COUNT);
	assert_int_equal(profile->supervisor, FILTER_SUPERVISOR_CREATE_ONLY);
}

/* Each jail that a namespace has, and none that does without. */
static void
another_process_may_have_the_attributes(void **state)
{
	(void)state;
	for (int m = 0; m < MODE_COUNT; m++) {
		const struct profile *profile =
		    profile_of(JAIL_PROGRAM, (enum mode)m);

		assert_int_not_equal(profile_with_attributes(profile->filter),
		    FILTER_COUNT);
		assert_int_not_equal(profile_with_attributes(
					 profile->supervisor),
		    FILTER_COUNT);
	}
	assert_int_equal(profile_with_attributes(FILTER_PROGRAM_BROKERED),
	    FILTER_COUNT);
	assert_int_equal(profile_with_attributes(FILTER_PROGRAM_READ_ONLY),
	    FILTER_PROGRAM_ATTRIBUTES_READ_ONLY);
	assert_int_equal(profile_with_attributes(FILTER_PROGRAM_CREATE_ONLY),
	    FILTER_PROGRAM_ATTRIBUTES_CREATE_ONLY);
}

static void
without_a_namespace_metadata_is_brokered(void **state)
{
	(void)state;
	assert_int_equal(profile_of(JAIL_PROGRAM, MODE_READ_WRITE)->brokered,
	    FILTER_PROGRAM_BROKERED);
	assert_int_equal(profile_of(JAIL_PROGRAM, MODE_WRITE_ONLY)->brokered,
	    FILTER_PROGRAM_BROKERED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_a_name_of_its_own),
		cmocka_unit_test(nobody_executes_or_asks_devices),
		cmocka_unit_test(read_only_changes_nothing),
		cmocka_unit_test(write_only_lists_nothing),
		cmocka_unit_test(devices_are_made_only_where_they_are_dead),
		cmocka_unit_test(create_only_is_guarded_or_refused),
		cmocka_unit_test(another_process_may_have_the_attributes),
		cmocka_unit_test(without_a_namespace_metadata_is_brokered),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
