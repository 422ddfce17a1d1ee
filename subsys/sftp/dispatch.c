/*
 * One packet at a time: finds its row, decodes its fields, asks whether the
 * policy allows it, runs its handler, answers, writes the record. Trusts
 * nothing in the packet. permit() is the only place that asks for permission.
 */
#include "subsys/sftp/dispatch.h"

#include <errno.h>
#include <string.h>

#include "policy/policy.h"
#include "policy/restrictions.h"
#include "record/record.h"
#include "root/durable.h"
#include "root/private_names.h"
#include "session/session.h"
#include "subsys/sftp/ops.h"
#include "subsys/sftp/requests.h"
#include "subsys/sftp/sftp_record.h"
#include "subsys/sftp/uploads.h"

static struct rights
rights_of(const struct policy *policy)
{
	struct rights rights = { 0, 0 };

	for (unsigned act = 1; act != 0; act <<= 1) {
		enum answer answer = policy_answer(policy, act);

		rights.yes |= answer == ANSWER_YES ? act : 0;
		rights.own |= answer == ANSWER_OWN ? act : 0;
	}
	return rights;
}

/* By sftp-server's -p or -P, whatever the mode. */
static bool
is_closed(const struct sftp *sftp, const struct request_row *row)
{
	return sftp->closed >> (row - request_rows) & 1;
}

/* On anything, or at least on what is own. */
static bool
is_allowed(const struct sftp *sftp, unsigned acts)
{
	return (acts & ~(sftp->rights.yes | sftp->rights.own)) == 0;
}

static enum answer
answer_for_existing(const struct rights *rights, unsigned act)
{
	if (act == 0 || ((rights->yes | rights->own) & act) == 0)
		return ANSWER_NO;
	return (rights->yes & act) != 0 ? ANSWER_YES : ANSWER_OWN;
}

/*
 * The gate: may this request be served? Where the answer holds only for what
 * is own, sftp->grant tells so to the handler, which alone can pin the object.
 */
static bool
permit(struct sftp *sftp, const struct request_row *row,
    const struct fields *fields)
{
	const unsigned looks = ACT_READ | ACT_LIST | ACT_STAT;
	unsigned acts = row->needs;

	if (row->needs_of != NULL)
		acts |= row->needs_of(sftp, fields);
	if (is_closed(sftp, row) || !is_allowed(sftp, acts))
		return false;
	if ((acts & ~looks) != 0 &&
	    sftp->job->policy->audit_loss == AUDIT_REFUSE &&
	    !record_is_well(sftp->job->record))
		return false;
	sftp->grant.only = (acts & sftp->rights.own) != 0 ? &sftp->own : NULL;
	sftp->grant.existing =
	    answer_for_existing(&sftp->rights, row->existing);
	sftp->grant.tells_names = is_allowed(sftp, ACT_LIST);
	return true;
}

/*
 * An empty path means "." to REALPATH and nothing to other requests. Our
 * private names (root/private_names.h) name nothing either.
 */
static bool
names_nothing(const struct request_row *row, const struct fields *fields)
{
	bool may_be_empty = row->type == PACKET_REALPATH;
	int path = 0;

	for (const char *at = row->layout; *at != '\0'; at++) {
		if (*at != LAYOUT_PATH)
			continue;
		if ((fields->empty[path] && !may_be_empty) ||
		    private_in_path(fields->paths[path].bytes))
			return true;
		path++;
	}
	return false;
}

/*
 * ESTALE: another machine has removed what a descriptor of ours stands for, and
 * perhaps made it anew. A request that has only names can be walked once more.
 */
static bool
names_only(const struct request_row *row)
{
	return strchr(row->layout, LAYOUT_HANDLE) == NULL;
}

/* With sync=close a name that a request has made is on the disk, too. */
static int
keep_names(struct sftp *sftp, const struct request_row *row,
    const struct fields *fields)
{
	const unsigned makes = ACT_CREATE | ACT_RENAME | ACT_LINK | ACT_SYMLINK;
	int path = 0;

	if (!sftp->job->root->syncs || (row->needs & makes) == 0)
		return DONE;
	for (const char *at = row->layout; *at != '\0'; at++) {
		if (*at == LAYOUT_PATH &&
		    durable_name(sftp->job->root, &fields->paths[path++]) != 0)
			return FAILED;
	}
	return DONE;
}

static void
serve_row(struct sftp *sftp, const struct request_row *row,
    const unsigned char *body, size_t len)
{
	not_zeroed struct fields fields;
	enum status status;
	int result;

	if (!decode_fields(&fields, row->layout, body, len, &sftp->start)) {
		reply_status(sftp, STATUS_BAD_MESSAGE);
		return;
	}
	if (!permit(sftp, row, &fields)) {
		reply_status(sftp, STATUS_PERMISSION_DENIED);
		sftp_record_refused(sftp, row, &fields);
		return;
	}
	sftp->replied = STATUS_OK;
	errno = ENOENT;
	if (names_nothing(row, &fields) ||
	    (row->rule != NULL && row->rule(sftp, &fields) != 0))
		result = FAILED;
	else
		result = row->run(sftp, &fields);
	if (result == FAILED && errno == ESTALE && names_only(row)) {
		root_cache_drop(&sftp->cache);
		result = row->run(sftp, &fields);
	}
	job_record_differing(sftp->job);
	if (result == DONE)
		result = keep_names(sftp, row, &fields);
	status = result == FAILED ? status_of(errno) : sftp->replied;
	if (result == DONE || result == FAILED)
		out_status(&sftp->out, sftp->id, status,
		    result == FAILED ? errno : 0, NULL);
	if (row->event == NULL)
		return;
	if (result != BEGUN)
		sftp_record_request(sftp, row, &fields, status);
	root_cache_drop(&sftp->cache);
}

/* Tells the extensions that this session may use. */
static void
greet(struct sftp *sftp, struct slice in)
{
	uint32_t offered;
	struct buf packet =
	    out_begin(&sftp->out, PACKET_VERSION, PROTOCOL_VERSION, 2048);

	for (const struct request_row *row = request_rows; row->name != NULL;
	     row++) {
		char room[128];
		struct buf version;

		if (row->type != PACKET_EXTENDED || row->version == NULL ||
		    is_closed(sftp, row) || !is_allowed(sftp, row->needs))
			continue;
		buf_init(&version, room, sizeof(room));
		if (row->run == op_vendor_id)
			server_info_vendor(&version);
		else
			buf_add_text(&version, row->version);
		buf_add_string(&packet, row->name, strlen(row->name));
		buf_add_string(&packet, version.bytes, version.len);
	}
	out_end(&sftp->out, &packet);
	sftp->out.wordless =
	    decode_u32(&in, &offered) && offered < PROTOCOL_VERSION;
	sftp->greeted = true;
}

bool
dispatch_serve(struct sftp *sftp, const unsigned char *packet, size_t len)
{
	struct slice in = { packet + 1, len - 1 }, name = { NULL, 0 };
	unsigned type = packet[0];
	const struct request_row *row;

	if (type == PACKET_INIT) {
		greet(sftp, in);
		return true;
	}
	if (!sftp->greeted || !decode_u32(&in, &sftp->id))
		return false;
	if (type == PACKET_EXTENDED && !decode_string(&in, &name)) {
		reply_status(sftp, STATUS_BAD_MESSAGE);
		return true;
	}
	row = request_row_of(type, &name);
	if (row == NULL)
		reply_status(sftp, STATUS_OP_UNSUPPORTED);
	else
		serve_row(sftp, row, in.at, in.len);
	return true;
}

void
dispatch_open(struct sftp *sftp, struct job *job)
{
	const struct policy *policy = job->policy;

	*sftp = (struct sftp){ .job = job, .rights = rights_of(policy) };
	pace_init(&sftp->pace, policy, &job->session->started_steady);
	own_init(&sftp->own, job->session, policy->own_window, job->root);
	own_set_free(&sftp->own, policy);
	/* The gate has seen that the start directory exists. */
	if (relpath_parse(&sftp->start, policy->start_dir,
		strlen(policy->start_dir), NULL) != 0)
		abort();
	sftp->closed = requests_closed(job->restrictions->only_requests,
	    job->restrictions->no_requests);
	handles_init(&sftp->handles);
	owners_open(&sftp->owners, job->session, policy->names);
	root_cache_init(&sftp->cache, job->root);
	out_init(&sftp->out);
}

void
dispatch_close(struct sftp *sftp)
{
	for (uint32_t i = 0; i < sftp->handles.count; i++) {
		const struct handle *handle = &sftp->handles.at[i];

		/* Open for writing still, so perhaps not whole: "cut". */
		if (handle->kind == HANDLE_FILE)
			sftp_record_closed(sftp, handle, NULL,
			    (handle->flags & OPEN_WRITE) == 0 ? "ok" : "cut");
	}
	handles_free(&sftp->handles);
	background_end_all(sftp);
	uploads_drop_all(sftp);
	own_free(&sftp->own);
	root_cache_drop(&sftp->cache);
	owners_close(&sftp->owners);
	out_free(&sftp->out);
}
