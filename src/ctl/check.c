/*
 * check: what is wrong in a configuration, line by line, then for each account
 * that a section names. Says all; the gate would refuse at the first.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "ctl/account_session.h"
#include "ctl/arguments.h"
#include "ctl/config_lines.h"
#include "ctl/say.h"
#include "ctl/verbs.h"
#include "policy/config.h"
#include "policy/groups.h"

/* All that is asked about one account. */
struct account_check {
	struct config_lines *lines;
	const struct config_section *section; /* its first */
	bool alone; /* files by themselves: others may say the rest */
	bool known; /* to the system */
	struct session session;
	struct groups groups;
	struct settings settings; /* borrowed from the sections */
	bool faulty;              /* a line of one of these is wrong */
};

static const char *
place_of(const struct account_check *check, const char *key)
{
	const char *place = check->section->place;

	for (int rank = RANK_DEFAULTS; rank < RANK_COUNT; rank++) {
		for (size_t i = 0; i < check->settings.count; i++) {
			const struct setting *setting = &check->settings.at[i];

			if ((int)setting->rank == rank &&
			    strcmp(setting->key, key) == 0)
				place = setting->place;
		}
	}
	return place;
}

static void
warn(const struct account_check *check, const char *key, const char *what,
    const char *word, const char *mend)
{
	char room[PATH_MAX];
	struct buf text;

	buf_init(&text, room, sizeof(room) - 1);
	buf_add_text(&text, what);
	quote_add(&text, word, strlen(word), 1024);
	config_lines_tell(check->lines, SEVERITY_WARNING, place_of(check, key),
	    buf_text(&text), mend);
}

/* What the machine must have; who asks may see less than the account. */
static void
warn_of_paths(const struct account_check *check, const struct policy *policy)
{
	struct stat st;
	int root = stat(policy->root, &st);

	if (root != 0 && errno != EACCES)
		warn(check, "root", "the root is not there: ", policy->root,
		    NULL);
	else if (root == 0 && !S_ISDIR(st.st_mode))
		warn(check, "root", "the root is no directory: ", policy->root,
		    NULL);
	if ((policy->services & SERVICE_RSYNC) &&
	    stat(policy->rsync, &st) != 0 && errno == ENOENT)
		warn(check, "rsync", "there is no rsync: ", policy->rsync,
		    "install rsync, or leave it out (services)");
	if (policy->max_sessions > 0 && stat(policy->sessions_dir, &st) != 0 &&
	    errno == ENOENT)
		warn(check, "max-sessions",
		    "sessions can't be counted, there is no ",
		    policy->sessions_dir,
		    "create it as filesonly's tmpfiles.d does");
}

static void
check_machine(const struct account_check *check, const struct policy *policy)
{
	const char *name = check->session.user;

	if (!check->known && policy->authorized_keys == NULL)
		warn(check, "", "no account of this machine is called ", name,
		    "mend the name; filesonlyd's own accounts have "
		    "authorized-keys");
	else
		warn_of_paths(check, policy);
}

static bool
sets(const struct account_check *check, const char *key)
{
	for (size_t i = 0; i < check->settings.count; i++) {
		if (check->settings.at[i].rank < RANK_COUNT &&
		    strcmp(check->settings.at[i].key, key) == 0)
			return true;
	}
	return false;
}

/*
 * The sentence may begin with the place of one of the account's lines. Alone,
 * what another file may mend is a warning; a profile's accounts may, too.
 */
static void
tell_refusal(const struct account_check *check, const char *sentence)
{
	const char *place = check->section->place;

	for (size_t i = 0; i < check->settings.count; i++) {
		const char *at = check->settings.at[i].place;

		if (strncmp(sentence, at, strlen(at)) != 0)
			continue;
		place = at;
		sentence += strlen(at);
		break;
	}
	config_lines_tell(check->lines,
	    (check->alone || check->section->kind == SECTION_PROFILE) &&
		    !sets(check, "services")
		? SEVERITY_WARNING
		: SEVERITY_ERROR,
	    place, sentence, NULL);
}

static bool
is_of_account(struct account_check *check, const struct config_section *section)
{
	bool holds = false;

	switch (section->kind) {
	case SECTION_DEFAULTS:
		return true;
	case SECTION_USER:
		return strcmp(section->name, check->section->name) == 0;
	case SECTION_GROUP:
		return check->known &&
		       groups_hold(&check->groups, &check->session,
			   section->name, &holds) == 0 &&
		       holds;
	case SECTION_NONE:
	case SECTION_PROFILE:
	case SECTION_UNKNOWN:
		break;
	}
	return false;
}

static void
add_settings(struct account_check *check, const struct config_section *section)
{
	struct settings *all = &check->settings;
	const struct settings *more = &section->settings;

	check->faulty |= section->faulty;
	if (more->count == 0)
		return;
	all->at = xrealloc(all->at, all->count + more->count, sizeof(*all->at));
	memcpy(all->at + all->count, more->at, more->count * sizeof(*more->at));
	all->count += more->count;
}

static void
check_account(struct config_lines *lines, const struct config_section *section,
    bool alone)
{
	struct account_check check = { .lines = lines,
		.section = section,
		.alone = alone };
	struct policy policy;
	char room[1024];
	struct buf error;

	buf_init(&error, room, sizeof(room) - 1);
	check.known = account_session(section->name, &check.session);
	for (size_t i = 0; i < lines->count; i++) {
		if (is_of_account(&check, &lines->at[i]))
			add_settings(&check, &lines->at[i]);
	}
	/* Unknown here, it is warned of; its home may be where it is known. */
	if (!check.known && !sets(&check, "authorized-keys"))
		check.session.is_virtual = false;
	policy_init(&policy);
	/* Where a line is wrong, or another file may say it, a root that is
	 * missing is no fault of its own. */
	if ((!check.faulty && !alone) || sets(&check, "root")) {
		if (settings_apply(&check.settings, &check.session, &policy,
			&error) != 0)
			tell_refusal(&check, buf_text(&error));
		else if (section->name[0] != '\0')
			check_machine(&check, &policy);
	}
	policy_free(&policy);
	groups_free(&check.groups);
	free(check.settings.at);
}

static bool
is_same(const struct config_section *one, const struct config_section *other)
{
	return one->kind == other->kind &&
	       (one->name == NULL || strcmp(one->name, other->name) == 0);
}

static bool
is_first(const struct config_lines *lines, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (is_same(&lines->at[i], &lines->at[index]))
			return false;
	}
	return true;
}

/*
 * Accounts that no section names, but the defaults, a group or a profile: do
 * these keys hold together? Without a root others must say more.
 */
static void
check_unnamed(struct config_lines *lines, const struct config_section *section,
    bool alone)
{
	struct account_check check = { .lines = lines,
		.section = section,
		.alone = alone,
		.session = { .has_account = true,
		    .user = "user",
		    .home = "/home/user" } };
	struct policy policy;
	char room[1024];
	struct buf error;

	buf_init(&error, room, sizeof(room) - 1);
	for (size_t i = 0; i < lines->count; i++) {
		if (lines->at[i].kind == SECTION_DEFAULTS ||
		    is_same(&lines->at[i], section))
			add_settings(&check, &lines->at[i]);
	}
	policy_init(&policy);
	if (!check.faulty && sets(&check, "root") &&
	    settings_apply(&check.settings, &check.session, &policy, &error) !=
		0)
		tell_refusal(&check, buf_text(&error));
	policy_free(&policy);
	free(check.settings.at);
}

static void
check_sections(struct config_lines *lines, bool alone)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct config_section *section = &lines->at[i];

		if (section->settings.count == 0 && !section->faulty &&
		    section->kind != SECTION_DEFAULTS)
			config_lines_tell(lines, SEVERITY_WARNING,
			    section->place, "the section has no settings",
			    NULL);
		if (section->kind == SECTION_GROUP &&
		    getgrnam(section->name) == NULL)
			config_lines_tell(lines, SEVERITY_WARNING,
			    section->place, "no such group on this machine",
			    NULL);
		if (!is_first(lines, i) || section->kind == SECTION_UNKNOWN)
			continue;
		if (section->kind == SECTION_USER)
			check_account(lines, section, alone);
		else if (section->settings.count > 0)
			check_unnamed(lines, section, alone);
	}
}

static void
check_alone(struct findings *findings, const char *file)
{
	struct config_lines lines = { .findings = findings };

	config_lines_read_one(&lines, file);
	check_sections(&lines, true);
	config_lines_free(&lines);
}

static void
check_whole_configuration(struct findings *findings, const char *file)
{
	struct config_lines lines = { .findings = findings };

	config_lines_read(&lines, file == NULL ? CONFIG_FILE : file,
	    file == NULL ? 0 : getuid());
	check_sections(&lines, false);
	config_lines_free(&lines);
}

int
verb_check(int argc, char **argv)
{
	const char *config = NULL;
	bool as_json = false, strict = false;
	const struct argument table[] = { { "json", &as_json, NULL },
		{ "strict", &strict, NULL }, { "config", NULL, &config },
		{ NULL, NULL, NULL } };
	struct findings findings = { NULL, 0 };
	int count = arguments_take(argv, argc, table, false), status;

	if (count < 0)
		return CTL_USAGE;
	if (count > 0 && config != NULL)
		return say_usage("--config, or files by themselves", NULL);
	if (count == 0)
		check_whole_configuration(&findings, config);
	for (int i = 1; i <= count; i++)
		check_alone(&findings, argv[i]);
	findings_print(&findings, as_json);
	if (findings_count(&findings, SEVERITY_ERROR) > 0)
		status = CTL_CONFIGURATION;
	else
		status = strict && findings.count > 0 ? CTL_FINDING : CTL_FINE;
	findings_free(&findings);
	return status;
}
