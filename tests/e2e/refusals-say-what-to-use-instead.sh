#!/bin/bash
# Programs that can't be served are refused in one line that says what to use
# instead; the line reaches their users through the programs themselves.
. "$(dirname "$0")/lib.sh"
start_sshd

# refused CLAIM PART COMMAND...: fails, and what it prints holds our line.
refused() {
	local claim=$1 part=$2
	shift 2
	"$@" >"$T/out" 2>&1 </dev/null
	no "$claim is refused" [ $? = 0 ]
	like "$claim: hears what to use" "$(cat "$T/out")" \
	    "*filesonly: this account transfers files only;*: *$part*"
}

account=${ACCOUNTS##* }
root=$(make_root "$account")
serve "$account" "" "$root"
export GIT_SSH_COMMAND="ssh -F $T/ssh_config"

ok "control: what is served is served" ssh_to "$account" "ls"
refused "a login" "SFTP" ssh_to "$account"
refused "ssh borg serve" "restic" ssh_to "$account" "borg serve"
refused "ssh rm -rf" "sftp" ssh_to "$account" "rm -rf x"
refused "a script" "need a shell" ssh_to "$account" "sh -c 'id'"
if command -v git >/dev/null; then
	refused "git" "git-annex" timeout 60 git ls-remote "$account:x.git"
else
	skip "git" "git is not installed"
fi
timeout 60 lftp -c "set net:max-retries 1
set fish:connect-program ssh -F $T/ssh_config
debug 9
open fish://$account
ls" >"$T/out" 2>&1 </dev/null
no "lftp's fish:// is refused" [ $? = 0 ]
like "lftp's fish:// hears what to use" "$(cat "$T/out")" \
    "*there is no shell here*echo FISH:*use sftp://*"
client ssh
client lftp
finish
