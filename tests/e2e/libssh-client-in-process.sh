#!/bin/bash
# libssh's client API, linked into a test program (libssh_client.c), against
# the real sshd with the documented key line; and a control without it.
. "$(dirname "$0")/lib.sh"
# For the control; there may be no xauth, which need do nothing here.
start_sshd "X11Forwarding yes
XAuthLocation /bin/true"

CLIENT=$BUILD/tests/e2e/libssh_client
export SSHD_PORT=$PORT SSHD_KEY=$T/client_key SSHD_KNOWN_HOSTS=$T/known_hosts

# run_client ACCOUNT [ARGUMENT]: its results become ours.
run_client() {
	local account=$1 line status
	shift
	SSHD_USER=$account SSHD_UID=$(id -u "$account") SERVED=$root \
	    CMOCKA_MESSAGE_OUTPUT=TAP timeout 100 "$CLIENT" "$@" \
	    >"$T/tap" 2>"$T/err"
	status=$?
	while read -r line; do
		case $line in
		'ok '*) pass "$account: ${line#ok * - }" ;;
		'not ok '*) fail "$account: ${line#not ok * - }" ;;
		'# '*error* | '# '*'!='*) note "$line" ;;
		esac
	done <"$T/tap"
	is "$account: the client ends well" "$status $(tail -n 3 "$T/err")" "0 "
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	free_key "$account"
	run_client "$account" control
	serve "$account" "" "$root"
	run_client "$account"
	is "$account: nothing was left behind" "$(ls -A "$root")" ""
done
client libssh
finish
