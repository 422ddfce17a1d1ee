/*
 * From settings to one policy: by rank, then in the order they were read.
 * Pure.
 */
#include "policy/settings.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"

void
settings_add(struct settings *settings, enum rank rank, size_t section,
    const char *path, const struct config_line *line)
{
	char place[PATH_MAX + 32];

	snprintf(place, sizeof(place), "%s:%d: ", path, line->number);
	settings->at =
	    xrealloc(settings->at, settings->count + 1, sizeof(*settings->at));
	settings->at[settings->count++] = (struct setting){ .rank = rank,
		.section = section,
		.key = xstrdup(line->key),
		.value = xstrdup(line->value),
		.place = xstrdup(place) };
}

void
settings_free(struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		free(settings->at[i].key);
		free(settings->at[i].value);
		free(settings->at[i].place);
	}
	free(settings->at);
	*settings = (struct settings){ NULL, 0 };
}

static int
settings_fail(struct buf *error, const char *text, const char *word)
{
	buf_add_text(error, text);
	quote_add(error, word, strlen(word), 256);
	return -1;
}

/* Returns the text that a letter behind % stands for, or NULL. */
static const char *
meaning(const struct session *session, char letter, const char **why)
{
	*why = "only %u, %h and %% have a meaning in a path";
	if (letter == 'u')
		return session->user;
	if (letter == '%')
		return "%";
	if (letter != 'h')
		return NULL;
	/* A home that is "/", or unknown, must not become the root. */
	*why = "the account has no home for %h";
	return strcmp(session->home, "/") == 0 ? NULL : session->home;
}

/* Replaces %u, %h and %%; all else behind a % is refused. */
static int
settings_expand(const struct session *session, const char *value,
    struct buf *out, struct buf *error)
{
	for (; *value != '\0'; value++) {
		const char *text, *why;

		if (*value != '%') {
			buf_add(out, value, 1);
			continue;
		}
		text = meaning(session, *++value, &why);
		if (text == NULL) {
			buf_add_text(error, why);
			return -1;
		}
		buf_add_text(out, text);
	}
	if (out->full || out->len >= PATH_MAX) {
		buf_add_text(error, "the path is too long");
		return -1;
	}
	return 0;
}

static int
settings_set_path(struct policy *policy, const struct session *session,
    const struct key *key, const char *value, struct buf *error)
{
	char room[PATH_MAX + 1];
	struct buf path;

	buf_init(&path, room, sizeof(room));
	if (settings_expand(session, value, &path, error) != 0)
		return -1;
	value = buf_text(&path);
	if (!key_path_is_whole(key, value)) {
		buf_addf(error, "%s must begin with /, not ", key->name);
		return settings_fail(error, "", value);
	}
	return policy_set(policy, key->name, value, error);
}

/* Is the key set in an earlier line of the same section? */
static bool
was_set(const struct settings *settings, const struct setting *setting)
{
	for (const struct setting *s = settings->at; s < setting; s++) {
		if (s->section == setting->section &&
		    strcmp(s->key, setting->key) == 0)
			return true;
	}
	return false;
}

int
settings_apply_one(const struct settings *settings,
    const struct setting *setting, const struct session *session,
    struct policy *policy, struct buf *error)
{
	const struct key *key = policy_key(setting->key);

	if (key == NULL)
		return settings_fail(error, "unknown key ", setting->key);
	if (was_set(settings, setting)) {
		if (!key_is_list(key))
			return settings_fail(error,
			    "set twice in this section: ", key->name);
	} else if (key_is_list(key) &&
		   policy_set(policy, key->name, "none", error) != 0) {
		return -1;
	}
	if (key->kind == KEY_PATH)
		return settings_set_path(policy, session, key, setting->value,
		    error);
	return policy_set(policy, key->name, setting->value, error);
}

/* Checks the keys together; an error is reported at the last line that set the
 * key with which its text begins. */
static int
check_whole(struct policy *policy, const struct settings *settings,
    const struct session *session, struct buf *error)
{
	const char *place = "";
	char room[512];
	struct buf why;

	buf_init(&why, room, sizeof(room) - 1);
	if (policy->root == NULL)
		return settings_fail(error, "no section gives a root to ",
		    session->user);
	if (policy_check(policy, &why) == 0)
		return 0;
	for (int rank = RANK_DEFAULTS; rank < RANK_COUNT; rank++) {
		for (size_t i = 0; i < settings->count; i++) {
			const struct setting *setting = &settings->at[i];
			size_t len = strlen(setting->key);

			if ((int)setting->rank == rank && why.len > len &&
			    memcmp(why.bytes, setting->key, len) == 0 &&
			    why.bytes[len] == ' ')
				place = setting->place;
		}
	}
	buf_addf(error, "%s%s", place, buf_text(&why));
	return -1;
}

int
settings_apply(const struct settings *settings, const struct session *session,
    struct policy *policy, struct buf *error)
{
	char room[1024];
	struct buf why;

	buf_init(&why, room, sizeof(room) - 1);
	for (int rank = RANK_DEFAULTS; rank < RANK_COUNT; rank++) {
		for (size_t i = 0; i < settings->count; i++) {
			const struct setting *setting = &settings->at[i];

			if ((int)setting->rank != rank ||
			    settings_apply_one(settings, setting, session,
				policy, &why) == 0)
				continue;
			buf_addf(error, "%s%s", setting->place, buf_text(&why));
			return -1;
		}
	}
	return check_whole(policy, settings, session, error);
}
