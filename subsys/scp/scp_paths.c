/* Which words are meant, where blanks may stand between words or in names. */
#include "subsys/scp/scp_paths.h"

#include "root/root.h"
#include "subsys/job.h"
#include "subsys/paths.h"
#include "subsys/scp/command_line.h"
#include "subsys/scp/place.h"

static bool
expand_words(const struct job *job, const struct words *words,
    struct names *names)
{
	for (size_t i = 0; i < words->count; i++) {
		if (!paths_expand(job, &words->at[i], names))
			return false;
	}
	return true;
}

/* Is one of them there? */
static bool
name_anything(const struct job *job, const struct names *names)
{
	not_zeroed struct place place;
	struct stat st;

	for (size_t i = 0; i < names->count; i++) {
		if (place_parse(&place, job, names->at[i]) == 0 &&
		    root_stat(job->root, &place.path, NO_FOLLOW, &st) == 0)
			return true;
	}
	return false;
}

bool
paths_of_source(const struct job *job, const struct scp_args *args,
    struct names *names)
{
	struct names joined = { 0 };
	bool fits = expand_words(job, &args->paths, names);

	if (!fits || args->joined.count == 0 || name_anything(job, names))
		return fits;
	fits = expand_words(job, &args->joined, &joined);
	if (fits && name_anything(job, &joined)) {
		names_free(names);
		*names = joined;
	} else {
		names_free(&joined);
	}
	return fits;
}

bool
paths_of_sink(const struct job *job, const struct scp_args *args,
    struct names *names)
{
	return expand_words(job,
	    args->joined.count > 0 ? &args->joined : &args->paths, names);
}
