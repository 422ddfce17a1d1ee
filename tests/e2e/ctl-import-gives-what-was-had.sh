#!/bin/bash
# filesonlyctl import: what each sample of tests/corpus/import gave its accounts, by
# the documentation of the program that it is of (the VERDICTS beside it), they
# have with the imported configuration, save the differences listed there, of
# which each is warned.
# timeout: 400
. "$(dirname "$0")/lib.sh"
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"
private_etc
# Nothing but the login shell reads a home here.
rm "$T/etc/pam.d" "$T/etc/ssh" || exit 1
mkdir "$T/etc/pam.d" "$T/etc/ssh"
rm -f "$T/etc/pam.conf"
CTL=$T/bin/filesonlyctl
SAMPLES=$SOURCE/tests/corpus/import
cp "$BUILD/filesonlyctl" "$T/bin/"
for directory in /srv /home; do
	mount -t tmpfs -o mode=755 none $directory || exit 1
done

# import_sample FORMAT SAMPLE OPTION...: to its place; the warnings are in
# $T/notes.
import_sample() {
	local format=$1 sample=$2 place=$CONF/filesonly.conf options
	shift 2
	read -ra options < <(sed -n '1s/^# options: //p' \
	    "$SAMPLES/$format/$sample")
	"$CTL" import "$format" "$@" "${options[@]}" --program="$GATE" \
	    "$SAMPLES/$format/$sample" >"$T/imported" 2>"$T/notes"
	is "$format/$sample is imported" $? 0
	is "... its warnings have numbers" \
	    "$(sed 's/^warning \([0-9]*\): .*/\1/' "$T/notes")" \
	    "$(seq "$(wc -l <"$T/notes")")"
	# A container's places are below ours.
	sed 's,= /data/,= /srv/data/,; s,= /config/,= /srv/config/,' \
	    "$T/imported" >"$place"
	make_roots
	ok "... and check finds nothing wrong in it" "$CTL" check
}

# make_roots: what the configuration names is there.
make_roots() {
	local name home root
	while IFS=: read -r name _ _ _ _ home _; do
		mkdir -p "$home"
		chown "$name" "$home"
	done <"$T/accounts"
	# A root, and behind it where sessions begin.
	awk '/^root = / { print root = substr($0, 8) }
		/^start-dir = / { print root substr($0, 13) }' \
	    "$CONF/filesonly.conf" | while IFS= read -r root; do
		root=${root//%%/:}
		root=${root//%u/anna}
		root=${root//%h//home/anna}
		root=${root//:/%}
		case $root in
		/srv/*) mkdir -p "$root" && chmod 777 "$root" ;;
		esac
	done
	mkdir -p /srv/carl /srv/a:b
	chmod 777 /srv/carl
}

# use_accounts FILE: they are the machine's now, with filesonly as their shell.
use_accounts() {
	cp "$T/passwd.before" /etc/passwd
	awk -F: -v OFS=: -v shell="$GATE" 'NF == 7 && $3 > 0 && !/^[+#]/ {
		print $1, $2, $3, $4, $5, $6, shell }' "$1" >"$T/accounts"
	cat "$T/accounts" >>/etc/passwd
}
cp /etc/passwd "$T/passwd.before"
echo sftponly:x:64200: >>/etc/group
echo "$GATE" >>/etc/shells

# judge FORMAT OPTION...: each line of the format's VERDICTS.
judge() {
	local format=$1 sample account had here rest got columns
	local last="" account_words
	shift
	while IFS='|' read -r sample account had here rest; do
		if [ "$sample" != "$last" ]; then
			[ "$format" != scponly ] ||
			    use_accounts "$SAMPLES/scponly/$sample"
			import_sample "$format" "$sample" "$@"
		fi
		last=$sample
		[ "$here" != = ] || here=$had
		read -ra account_words <<<"$account"
		columns=${rest//[^|]/}
		got=$(/usr/bin/python3 -SI "$SOURCE/tests/e2e/import_verdicts.py" \
		    "$CTL" ${#columns} "${account_words[@]}")
		is "$format/$sample: $account had $had, has $here" \
		    "${got//\/srv\/data\//\/data\/}" "$here|$rest"
		[ "$had" != "$here" ] || continue
		case $had in
		refused) ok "... and it is warned of that" \
		    grep -q "refuses each login" "$T/notes" ;;
		*) ok "... and it is warned of that" grep -Eq \
		    "nothing of the kind|no line of a config|can't be said" \
		    "$T/notes" ;;
		esac
	done < <(sed '/^#/d; s/ | /|/g' "$SAMPLES/$format/VERDICTS")
}

# samples_of FORMAT: how many there are, each with a verdict.
samples_of() {
	local sample count=0
	for sample in "$SAMPLES/$1"/[0-9]*; do
		grep -q "^${sample##*/} " "$SAMPLES/$1/VERDICTS" &&
		    count=$((count + 1))
	done
	echo $count
}

# --- rssh, scponly ------------------------------------------------------------

use_accounts "$SAMPLES/passwd"
judge rssh --passwd="$SAMPLES/passwd"
judge scponly
ok "there are thirty samples of rssh and of passwd" [ "$(($(samples_of rssh) +
    $(samples_of scponly)))" -ge 30 ]

# --- sshd ---------------------------------------------------------------------

use_accounts "$SAMPLES/passwd"
judge sshd --passwd="$SAMPLES/passwd"
ok "there are ten samples of sshd_config" [ "$(samples_of sshd)" -ge 10 ]

# sshd takes the blocks that are printed.
mkdir -p "$T/keys"
ssh-keygen -q -t ed25519 -N '' -f "$T/keys/host"
for sample in "$SAMPLES"/sshd/[0-9]*; do
	{
		echo "HostKey $T/keys/host"
		"$CTL" import sshd --part=sshd_config --program="$GATE" \
		    "$sample" 2>/dev/null
	} >"$T/sshd_config"
	/usr/sbin/sshd -T -f "$T/sshd_config" \
	    -C user=anna,host=h,addr=192.0.2.1 >"$T/out" 2>&1
	is "sshd/${sample##*/}: sshd takes what is printed for it" $? 0
	case ${sample##*/} in
	07-* | 15-*) forced="$GATE --profile=match-1" ;;
	02-*) forced=none ;; # anna is in no group of this name here
	10-*) continue ;;
	*) forced=$GATE ;;
	esac
	[[ $sample == */02-* ]] || is "... and forces anna to filesonly" \
	    "$(sed -n 's/^forcecommand //p' "$T/out")" "$forced"
done

# --- atmoz --------------------------------------------------------------------

: >"$T/accounts"
mkdir -p /srv/config/keys
judge atmoz
ok "there are ten samples of atmoz/sftp" [ "$(samples_of atmoz)" -ge 10 ]
for sample in "$SAMPLES"/atmoz/[0-9]*; do
	for form in "" --json; do
		# No word where there is no option.
		# shellcheck disable=SC2086
		"$CTL" import atmoz $form "$sample"
	done
done >"$T/out" 2>&1
no "no password is told" grep -q 'pass-\|0G2g0GSt' "$T/out"

# --- rrsync -------------------------------------------------------------------

# answers LINE COMMAND: y or n, as explain says of the key's forced command.
answers() {
	local words
	eval "words=($(sed 's/.*command="//; s/" ssh-ed25519 .*//; s/\\"/"/g' \
	    <<<"$1"))"
	if "$CTL" explain --user=anna -- "${words[@]}" "$2" \
	    >"$T/explained" 2>&1; then
		echo y
	else
		echo n
	fi
}
use_accounts "$SAMPLES/passwd"
mkdir -p /srv/a "/srv/a b"
chmod 777 /srv/a "/srv/a b"
e=-logDtpre.iLsfxCIvu
for form in "" --as-options; do
	while IFS='|' read -r sample fetch send delete; do
		# shellcheck disable=SC2086
		"$CTL" import rrsync $form --program="$GATE" \
		    "$SAMPLES/rrsync/$sample" >"$T/line" 2>"$T/notes"
		line=$(cat "$T/line")
		# y/n: rrsync's name lets it, the options don't.
		[ -z "$form" ] && delete=${delete%/n} || delete=${delete#y/}
		if [ "$fetch" = = ]; then
			ok "rrsync/$sample $form: the line stays" \
			    cmp "$T/line" "$SAMPLES/rrsync/$sample"
			ok "... which is warned of" \
			    grep -q "stays as it is" "$T/notes"
			continue
		fi
		like "rrsync/$sample $form: the line is filesonly's" "$line" \
		    "restrict,*command=\"$T/*filesonly*\" ssh-ed25519 AAAA*"
		is "... it fetches, sends, deletes" \
		    "$(answers "$line" "rsync --server --sender $e . x") $(
			answers "$line" "rsync --server $e . x") $(
			answers "$line" "rsync --server --delete $e . x")" \
		    "$fetch $send $delete"
		is "... and nothing else is served" \
		    "$(answers "$line" internal-sftp) $(answers "$line" id)" \
		    "n n"
	done < <(sed '/^#/d; s/ | /|/g' "$SAMPLES/rrsync/VERDICTS")
done
ok "there are ten lines of rrsync" [ "$(samples_of rrsync)" -ge 10 ]

# --- the verb -----------------------------------------------------------------

sample=$SAMPLES/rssh/16-cvs-and-rdist-are-nothing-here
for words in "rssh" "nonsense $sample" "rssh --root=/x $sample" \
    "rssh --part=x $sample" "rssh --built-with=sftp $sample" \
    "rssh --program=x $sample" "sshd --as-options $sample"; do
	# shellcheck disable=SC2086
	"$CTL" import $words >"$T/out" 2>"$T/err"
	is "\"import $words\" is a usage error" $? 2
	ok "... that is told" test -s "$T/err"
done
"$CTL" import rssh --strict "$sample" >"$T/out" 2>"$T/err"
is "with --strict a warning is a finding" $? 1
"$CTL" import rssh - <"$sample" >"$T/piped" 2>"$T/err"
is "standard input is read" "$?" 0
ok "... as a file is" cmp "$T/out" "$T/piped"
ok "... and called so" grep -q "^warning 1: stdin:" "$T/err"
"$CTL" import rssh "$T/none" >"$T/out" 2>"$T/err"
is "a file that is not there is told" $? 1
printf 'allow\0scp\n' >"$T/nul"
"$CTL" import rssh "$T/nul" >"$T/out" 2>"$T/err"
is "a NUL is no text" $? 1
ok "as JSON there are sections and warnings" /usr/bin/python3 -c '
import json, subprocess, sys
out = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=True).stdout
said = json.loads(out)
assert said["version"] == 1 and said["warnings"][0]["what"]
assert said["sections"][0]["settings"]["services"] == "sftp"' \
    "$CTL" import rssh --json "$sample"
"$CTL" import scponly --root=/ "$SAMPLES/scponly/01-whole-file-system" \
    >"$T/out" 2>"$T/err"
is "--root=/ keeps the whole file system" \
    "$(grep -E '^(root|start-dir) =' "$T/out" | sort)" \
    "root = /
start-dir = /home/anna"

finish
