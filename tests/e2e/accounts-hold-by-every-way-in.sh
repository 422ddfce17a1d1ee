#!/bin/bash
# timeout: 180
# The configuration is the policy whichever way sshd leads to us: as login
# shell, by ForceCommand for a group, as external subsystem, by a key line
# with a profile. Each time the session is on the record, and what the client
# says, or leaves in the home, changes nothing.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root to choose a login shell"
private_etc
mkdir -m 1777 "$T/log"

# configure LINE...: the system's configuration.
configure() {
	printf '%s\n' "[defaults]" "audit = $T/log/%u" "$@" \
	    >"$CONF"/filesonly.conf
}

# restart_sshd [SETTINGS]: with what SSHD_SFTP and SSHD_MATCH say now.
restart_sshd() {
	local account
	private_sshd_stop
	rm -f "$T"/*_key "$T"/*_key.pub
	start_sshd "$1"
	for account in $ACCOUNTS; do
		free_key "$account"
	done
}

# works ACCOUNT CLAIM ROOT: reads by sftp and rsync; on the record.
works() {
	local account=$1 claim=$2 root=$3
	rm -rf "$T/got" "$T/log/$account"
	echo content >"$root/file"
	own "$account" "$root"
	ok "$claim: sftp reads" sftp_to "$account" <<<"get file $T/got"
	is "$claim: ... the file of the configured root" \
	    "$(cat "$T/got")" content
	like "$claim: ... on the record, from its start to its end" \
	    "$(sed 's/^time=[^ ]* //; s/ session=[^ ]*//' "$T/log/$account")" \
	    "event=decide*allowed*service=sftp*event=start*event=end*status=0*"
	rm "$T/got" "$T/log/$account"
}

# holds ACCOUNT CLAIM ROOT: a root that is configured to be only read.
holds() {
	local account=$1 claim=$2 root=$3
	no "$claim: sftp may not write" \
	    sftp_to "$account" <<<"put $T/ssh_config new"
	no "$claim: ... and did not" [ -e "$root/new" ]
	ssh_to "$account" id >"$T/out" 2>"$T/err" </dev/null
	no "$claim: no command" [ $? = 0 ]
	is "$claim: ... nothing on stdout" "$(wc -c <"$T/out")" 0
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	uid=$(id -u "$account")

	# --- login shell ---------------------------------------------------
	# These two are read by start_sshd.
	# shellcheck disable=SC2034
	SSHD_SFTP=/usr/lib/openssh/sftp-server SSHD_MATCH=
	restart_sshd "AcceptEnv SSH_ORIGINAL_COMMAND"
	add_account "$account" "$uid" /bin/sh
	is "$account: control: a shell" "$(ssh_to "$account" 'echo $0')" sh
	add_account "$account" "$uid" "$GATE"
	configure "[user $account]" "root = $root"
	works "$account" "$account: login shell" "$root"
	ok "$account: login shell: control: it may write" \
	    sftp_to "$account" <<<"put $T/ssh_config new"
	ok "$account: login shell: rsync" \
	    rsync_to -a "$account:file" "$T/got"
	rm -f "$root/new"
	configure "[user $account]" "root = $root" "mode = read-only"
	holds "$account" "$account: login shell" "$root"
	ssh_to "$account" >"$T/out" 2>"$T/err" </dev/null
	is "$account: login shell: no shell: status" $? 1
	like "$account: login shell: no shell: said" "$(cat "$T/err")" \
	    "filesonly: *there is no shell*"

	# A client's word for the administrator's.
	for words in "filesonly --read-write /" "$GATE --read-write $root" \
	    "filesonly --config=$root/own.conf"; do
		ssh_to "$account" "$words" >"$T/out" 2>"$T/err" </dev/null
		is "$account: $words: refused" $? 1
		like "$account: $words: as a command" "$(cat "$T/err")" \
		    "filesonly: *the command was refused*"
	done
	printf '[defaults]\nroot = /\n' >"$root/own.conf"
	own "$account" "$root"
	plant="ssh -F $T/ssh_config -o SetEnv=SSH_ORIGINAL_COMMAND=internal-sftp"
	for words in "filesonly --read-write /" "filesonly --audit=/dev/null" \
	    "filesonly --config=$root/own.conf" "filesonly --profile=wide" \
	    "filesonly --confine=prefer" "filesonly --rsync=/bin/sh" \
	    "filesonly $root/../.." "rrsync /"; do
		: >"$T/log/$account"
		sftp -q -b - -D "$plant $account $words" \
		    >"$T/out" 2>"$T/err" <<<"ls /"
		no "$account: planted: $words: no session" [ $? = 0 ]
		like "$account: planted: $words: recorded" \
		    "$(cat "$T/log/$account")" "*event=misconfigured*"
		is "$account: planted: $words: nothing was listed" \
		    "$(grep -c etc "$T/out")" 0
	done
	ok "$account: planted: control: a narrower line is served" \
	    sftp -q -b - -D "$plant $account filesonly --services=sftp $root" \
	    <<<"get file $T/got"
	no "$account: planted: --read-write widens nothing" \
	    sftp -q -b - -D "$plant $account filesonly --read-write $root" \
	    <<<"put $T/ssh_config new"
	no "$account: planted: nothing was written" [ -e "$root/new" ]

	# Names that are barred stay so, whatever else is asked for.
	configure "[user $account]" "root = $root" "services = sftp" \
	    "deny = shut" "hide = secret"
	mkdir "$root/shut" "$root/secret" "$root/sub"
	echo inside | tee "$root/shut/in" "$root/sub/in" >"$root/secret/in"
	own "$account" "$root"
	for way in "sftp-server" "sftp-server --hide=x --deny=y" \
	    "sftp-server --hide=none,x --deny=none,y"; do
		ok "$account: $way: control: another file" sftp -q -b - \
		    -D "ssh -F $T/ssh_config $account $way" \
		    <<<"get sub/in $T/got"
		for name in shut secret; do
			rm -f "$T/got"
			sftp -q -b - -D "ssh -F $T/ssh_config $account $way" \
			    >"$T/out" 2>&1 <<<"get $name/in $T/got"
			no "$account: $way: $name is barred" [ -e "$T/got" ]
		done
	done
	ok "$account: planted: a directory as the root" sftp -q -b - \
	    -D "$plant $account filesonly $root/sub" <<<"get in $T/got"
	for name in shut secret sub/../shut; do
		rm -f "$T/got"
		sftp -q -b - -D "$plant $account filesonly $root/$name" \
		    >"$T/out" 2>&1 <<<"get in $T/got"
		no "$account: planted: $name is no root" [ -e "$T/got" ]
	done
	rm -r "$root/shut" "$root/secret" "$root/sub"

	# rrsync's line and a subsystem's flags narrow, too.
	configure "[user $account]" "root = $root"
	key_line "$account" "$T/bin/rrsync -ro $root"
	ok "$account: rrsync -ro through us: control: a pull" \
	    rsync_to "$account:file" "$T/got"
	no "$account: rrsync -ro through us: no push" \
	    rsync_to "$T/ssh_config" "$account:new"
	no "$account: rrsync -ro through us: no sftp" \
	    sftp_to "$account" <<<pwd
	ok "$account: rrsync -ro through us: true" ssh_to "$account" true
	like "$account: ... which is on the record" \
	    "$(tail -n 1 "$T/log/$account")" \
	    "*event=decide*result=allowed*request=\"true\"*"
	free_key "$account"
	# shellcheck disable=SC2034
	SSHD_SFTP="/usr/lib/openssh/sftp-server -R -l INFO"
	restart_sshd "AcceptEnv SSH_ORIGINAL_COMMAND"
	works "$account" "$account: a subsystem with -R" "$root"
	no "$account: a subsystem with -R: no upload" \
	    sftp_to "$account" <<<"put $T/ssh_config new"
	no "$account: nothing was written" [ -e "$root/new" ]
	configure "[user $account]" "root = $root" "mode = read-only"

	# What the home and the environment say.
	home=$(home_of "$account")
	mkdir -p "$home/.ssh"
	echo "echo rc; touch $T/log/rc-ran" >"$home/.ssh/rc"
	echo "echo bashrc; touch $T/log/bashrc-ran" >"$home/.bashrc"
	own "$account" "$home"
	works "$account" "$account: with .ssh/rc and .bashrc" "$root"
	is "$account: nothing comes before the protocol" \
	    "$(ssh_to "$account" true 2>/dev/null </dev/null)" ""
	no "$account: neither has run" \
	    ls "$T/log/rc-ran" "$T/log/bashrc-ran"
	like "$account: that sshd wanted .ssh/rc is on the record" \
	    "$(cat "$T/log/$account")" \
	    "*event=decide*refused*request=\"/bin/sh *.ssh/rc\"*"
	ssh_to "$account" id >"$T/out" 2>"$T/err" </dev/null
	is "$account: ... and told to nobody" "$(grep -vc "command was refused" \
	    "$T/err")" 0
	add_account "$account" "$uid" /bin/bash
	ssh_to "$account" true >/dev/null </dev/null
	ok "$account: control: with bash both run" \
	    ls "$T/log/rc-ran" "$T/log/bashrc-ran"
	rm -rf "$T/log"/*-ran "$home/.ssh" "$home/.bashrc"
	add_account "$account" "$uid" "$GATE"
	escapes=$'() { :;}; touch x\e[2J\a'
	ok "$account: LC_ALL full of escapes" sftp_to \
	    -o "SetEnv=LC_ALL='$escapes' LC_X='$escapes' LANG='$escapes'" \
	    "$account" <<<"get file $T/got"
	no "$account: no escape byte is on the record" \
	    grep -q $'[\e\a]' "$T/log/$account"

	# --- login shell and ForceCommand ----------------------------------
	configure "[user $account]" "root = $T/roots/$account"
	SSHD_MATCH=$(printf '%s\n' "Match User $account" \
	    "ForceCommand $GATE --read-only $root")
	restart_sshd ""
	works "$account" "$account: both" "$root"
	holds "$account" "$account: both" "$root"

	# --- ForceCommand for a group --------------------------------------
	add_account "$account" "$uid" /bin/sh
	grep -q ^customers: /etc/group ||
	    echo "customers:*:64200:root,plain" >>/etc/group
	# shellcheck disable=SC2034
	SSHD_SFTP=
	SSHD_MATCH=$(printf '%s\n' "Match Group customers" "ForceCommand $GATE")
	restart_sshd ""
	configure "[group customers]" "root = $T/roots/%u/root" \
	    "mode = read-only" "[group nobody-is-in-it]" "mode = read-write"
	works "$account" "$account: group" "$root"
	holds "$account" "$account: group" "$root"
	[ "$account" = root ] ||
	    echo "more:*:64201:plain" >>/etc/group
	for order in "customers more" "more customers"; do
		[ "$account" != root ] || continue
		configure "[group ${order% *}]" "root = /nonexistent" \
		    "mode = read-only" "[group ${order#* }]" \
		    "root = $root" "[group staff]" "root = /"
		works "$account" "$account: groups $order: the later root" \
		    "$root"
		no "$account: groups $order: the first one's mode stays" \
		    sftp_to "$account" <<<"put $T/ssh_config new"
	done
	configure "[group another]" "root = $root"
	ssh_to "$account" internal-sftp >"$T/out" 2>"$T/err" </dev/null
	is "$account: group: in none that has a root: status" $? 78
	configure "[group customers]" "root = $T/roots/%u/root" \
	    "mode = read-only"

	# --- external subsystem --------------------------------------------
	# shellcheck disable=SC2034
	SSHD_SFTP="$T/bin/sftp-server" SSHD_MATCH=
	restart_sshd ""
	works "$account" "$account: subsystem" "$root"
	no "$account: subsystem: sftp may not write" \
	    sftp_to "$account" <<<"put $T/ssh_config new"
	no "$account: subsystem: ... and did not" [ -e "$root/new" ]

	# --- a root that is relative to the home ----------------------------
	# shellcheck disable=SC2034
	SSHD_SFTP=
	restart_sshd ""
	mkdir "$home/files"
	echo content >"$home/files/file"
	own "$account" "$home"
	serve "$account" "--read-only --audit=$T/log/$account" files
	rm -f "$T/got"
	ok "$account: relative: served" sftp_to "$account" <<<"get file $T/got"
	is "$account: relative: ... from the home" "$(cat "$T/got")" content
	mv "$home" "$home.away"
	for place in . "${T#/}"; do
		serve "$account" "--read-only --audit=$T/log/$account" "$place"
		ssh_to "$account" ls >"$T/out" 2>"$T/err" </dev/null
		is "$account: relative, no home: $place is refused" $? 78
		is "$account: relative, no home: $place: nothing is listed" \
		    "$(cat "$T/out")" ""
	done
	like "$account: relative, no home: the log says why" \
	    "$(tail -n 1 "$T/log/$account")" \
	    "*event=misconfigured*root $home/${T#/}: No such file*"
	mv "$home.away" "$home"
	rm -r "$home/files"
	serve "$account" --audit=sylog "$root"
	ssh_to "$account" ls >"$T/out" 2>"$T/err" </dev/null
	is "$account: a misspelt place of the log is refused" $? 2
	no "$account: ... and is no file in the home" [ -e "$home/sylog" ]

	# --- a key line with a profile -------------------------------------
	# shellcheck disable=SC2034
	SSHD_SFTP=
	restart_sshd ""
	printf '%s\n' "[profile pull]" "root = $root" "mode = read-only" \
	    >"$CONF"/conf.d/profiles.conf
	configure "[user $account]" "root = /nonexistent"
	key_line "$account" "$GATE --profile=pull"
	works "$account" "$account: profile" "$root"
	holds "$account" "$account: profile" "$root"
	key_line "$account" "$GATE --profile=push"
	no "$account: a profile that is not there: refused" \
	    sftp_to "$account" <<<"ls"
	rm "$CONF"/conf.d/profiles.conf
done
printf 'HostKey %s\n' "$T/host_key" |
    cat - "$SOURCE/conf/sshd_config.d/filesonly.conf" >"$T/example"
ok "the example for sshd is one" /usr/sbin/sshd -t -f "$T/example"
client sftp
client rsync
finish
