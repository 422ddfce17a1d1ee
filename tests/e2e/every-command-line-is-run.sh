#!/bin/bash
# Every command line in README, doc and the manuals is run: here, as it stands
# there but for the substitutions below, or by the script that the table names,
# which has the same words. What is shown besides (settings, keys, lines of
# the record) is read by the program that it is for. A line that is in no row
# of the table fails, and so does a row whose line is gone.
# timeout: 300
. "$(dirname "$0")/lib.sh"
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"
private_etc
# Nothing but the login shell reads a home here.
rm "$T/etc/pam.d" "$T/etc/ssh" || exit 1
mkdir "$T/etc/pam.d" "$T/etc/ssh"
rm -f "$T/etc/pam.conf"
TABLE=$SOURCE/tests/e2e/command-lines
cp "$BUILD/filesonlyctl" "$T/bin/"
PAGES=$(cd "$SOURCE" && echo README.md doc/*.md packaging/container/README.md \
    conf/man/*)

# --- what stands there --------------------------------------------------------

# blocks: "PAGE|NUMBER OF THE BLOCK|LINE" for each literal line. Lines that go
# on behind a backslash are one; a comment behind a command is none of it.
blocks() {
	local page
	for page in $PAGES; do
		awk -v page="$page" '
			function put(line) {
				if (line ~ /[^[:space:]]/)
					print page "|" number "|" line
			}
			page ~ /\.md$/ && /^(    |\t)/ && !/^ *[-*0-9.]+ / {
				if (!inside)
					number++
				inside = 1
				sub(/^ *(\t)?/, "", $0)
				put($0)
				next
			}
			page ~ /\.md$/ { if (/[^ ]/) inside = 0; next }
			/^\.Dl / {
				number++
				line = substr($0, 5)
				gsub(/^"|"$/, "", line)
				put(line)
				next
			}
			/^\.Bd / { number++; literal = 1; next }
			/^\.Ed/ { literal = 0; next }
			literal { put($0) }' "$SOURCE/$page"
	done | awk -F'|' -v OFS='|' '
		{ line = $3; for (i = 4; i <= NF; i++) line = line "|" $i }
		held != "" { line = held line; held = "" }
		line ~ /\\e?$/ {
			sub(/ *\\e?$/, " ", line); held = line; next
		}
		{ sub(/  +# .*$/, "", line); gsub(/ +/, " ", line)
			print $1, $2, line }'
}
blocks >"$T/blocks"

: >"$T/commands"
: >"$T/used"
while IFS='|' read -r kind page scripts; do
	for script in $scripts; do
		ok "$page: $script takes its lines" \
		    grep -qF -- "/$page" "$SOURCE/$script"
	done
	echo "$kind|$page|$scripts" >>"$T/used"
	grep -v "^$page|" "$T/blocks" >"$T/left"
	mv "$T/left" "$T/blocks"
done < <(grep '^page|' "$TABLE")
last=
kind=
while IFS='|' read -r page number line; do
	if [ "$page $number" != "$last" ]; then
		kind=$(grep -Fx -e "ini|$page|$line" -e "sshd|$page|$line" \
		    -e "key|$page|$line" -e "shown|$page|$line" "$TABLE" |
		    head -n 1)
		[ -z "$kind" ] || echo "$kind" >>"$T/used"
		kind=${kind%%|*}
	fi
	last="$page $number"
	if [ -n "$kind" ]; then
		printf '%s\n' "$line" >>"$T/$kind.${page//\//_}"
	else
		printf '%s|%s\n' "$page" "$line" >>"$T/commands"
	fi
done <"$T/blocks"

# --- what is no command ---------------------------------------------------------

for file in "$T"/ini.*; do
	ok "${file##*/ini.}: check takes its configuration" \
	    "$T/bin/filesonlyctl" check "$file"
done
ssh-keygen -q -t ed25519 -N '' -f "$T/page_key"
for file in "$T"/sshd.*; do
	# A page may show a line before and after: each counts.
	echo "HostKey $T/page_key" >"$T/sshd_config"
	grep -v '^Subsystem' "$file" >>"$T/sshd_config"
	ok "${file##*/sshd.}: sshd takes its settings" \
	    /usr/sbin/sshd -t -f "$T/sshd_config"
	while IFS= read -r line; do
		printf '%s\n' "HostKey $T/page_key" "$line" >"$T/sshd_config"
		ok "... and $line" /usr/sbin/sshd -t -f "$T/sshd_config"
	done < <(grep '^Subsystem' "$file")
done
for file in "$T"/key.*; do
	while IFS= read -r line; do
		echo "${line/ssh-ed25519 AAAA.../ssh-ed25519}" >"$T/line"
		like "${file##*/key.}: a key's line is one of ours: $line" \
		    "$(cat "$T/line")" \
		    'restrict,command="/usr/local/bin/filesonly *" ssh-ed25519'
		words=$(sed 's/.*bin\/filesonly //; s/" ssh-.*//' "$T/line")
		# Words are words.
		# shellcheck disable=SC2086
		ok "... which authorize would print" "$T/bin/filesonlyctl" \
		    authorize --program=/usr/local/bin/filesonly $words \
		    <"$T/page_key.pub"
	done <"$file"
done

# --- commands -------------------------------------------------------------------

# What they find: three accounts, their keys, places and a record.
for directory in /srv /home /var/log; do
	mount -t tmpfs -o mode=755 none $directory || exit 1
done
mkdir -p /srv/data /srv/files /srv/machine /srv/customers /srv/backup/anna \
    /srv/anna "$T/place/documents" "$T/tmp"
# start_sshd reads it.
# shellcheck disable=SC2034
ACCOUNTS="root anna"
add_account anna 64170 /bin/sh
grep -q ^anna: /etc/group || echo anna:x:64170: >>/etc/group
chown anna /srv/backup/anna /srv/anna /srv/data
echo data >/srv/data/file
echo machine >/srv/machine/file
echo document >"$T/place/documents/one"
start_sshd
rm -f "$T"/keys/*
cd "$T/place" || exit 1
for key in anna backup; do
	cp "$T/client_key.pub" $key.pub
done
cp "$T/client_key.pub" keys
printf 'root = /srv/anna\n' >"$T/tmp/anna.conf"
printf '[defaults]\nroot = /srv/files\n[user anna]\nroot = /srv/anna\n' \
    >"$CONF/filesonly.conf"
: >/var/log/filesonly.log
echo "host sshd[1]: subsystem request for sftp by user anna" \
    >/var/log/auth.log
cp "$SOURCE/tests/corpus/import/rssh/03-three-services" "$T/rssh.conf"
cp "$SOURCE/tests/corpus/import/atmoz/01-as-in-its-readme" users.conf
export RESTIC_PASSWORD=secret RESTIC_CACHE_DIR=$T/cache
for tool in ssh sftp scp; do
	printf '#!/bin/sh\nexec /usr/bin/%s -F %s "$@"\n' $tool \
	    "$T/ssh_config" >"$T/bin/$tool"
	chmod 755 "$T/bin/$tool"
done
# substitute: a page's command as it is run here.
substitute() {
	sed -e "s,/tmp/anna\.conf,$T/tmp/anna.conf,g" \
	    -e "s,/etc/rssh\.conf,$T/rssh.conf,g" \
	    -e "s,/etc/ssh/sshd_config,$T/sshd_config,g" \
	    -e "s,one-file-system / <,one-file-system /srv/machine <,g" \
	    -e "s,root@data\.example:/ ,root@data.example: ,g" \
	    -e "s,>>~/\.ssh/authorized_keys,>>$T/keys/anna,g" \
	    -e "s,>>/root/\.ssh/authorized_keys,>>$T/keys/root,g" \
	    -e "s,~/\.ssh/authorized_keys,$T/keys/anna,g" \
	    -e "s,/usr/local/bin/filesonly,$GATE,g" \
	    -e "s,-G customers anna,-G customers bert,; s,-o anna,-o bert,
		s,~anna/,~bert/,"
}

# run_here STATUS LINE
run_here() {
	local command wanted=$1 got
	command=$(substitute <<<"$2")
	# Its key is the last one's to serve.
	case $command in
	*">>$T/keys/anna") rm -f "$T/keys/anna" ;;
	*">>$T/keys/root") rm -f "$T/keys/root" ;;
	esac
	PATH=$T/bin:$PATH:/usr/sbin:/sbin timeout 60 bash -c "$command" \
	    >"$T/ok.out" 2>&1 </dev/null
	got=$?
	is "as printed: $2" "$got" "$wanted"
	[ "$got" = "$wanted" ] || note "$(tail -n 5 "$T/ok.out")"
}

# words_of SCRIPT WORDS LINE: the script has the words, and so has the line.
words_of() {
	[[ $3 == *"$2"* ]] && grep -qF -- "$2" "$SOURCE/$1"
}

while IFS='|' read -r page line; do
	row=$(page=$page line=$line awk -F'|' '
		BEGIN { page = ENVIRON["page"]; line = ENVIRON["line"] }
		/^#/ { next }
		{ rest = $4; for (i = 5; i <= NF; i++) rest = rest "|" $i }
		($1 == "run" || $1 == "by" || $1 == "not") && $2 == page &&
		    rest == line { print; exit }' "$TABLE")
	if [ -z "$row" ]; then
		fail "$page: a command line that nothing runs: $line"
		continue
	fi
	printf '%s\n' "$row" >>"$T/used"
	how=${row%%|*}
	what=$(cut -d'|' -f3 <<<"$row")
	case $how in
	run) run_here "$what" "$line" ;;
	by) ok "$page: $line: ${what%% *} runs it" \
	    words_of "${what%% *}" "${what#* }" "$line" ;;
	not) pass "$page: $line: not run: $what" ;;
	esac
done <"$T/commands"

# --- the table ------------------------------------------------------------------

is "no row of the table is left over" "$(grep -v '^#' "$TABLE" |
    grep -vxFf "$T/used")" ""
few=$(grep -c '^not|' "$TABLE")
ok "few lines are not run: $few" [ "$few" -le 6 ]

# --- troubleshooting ------------------------------------------------------------

# What a page says that a client shows, the program has in it.
cat "$BUILD/filesonly" /usr/bin/sftp >"$T/programs"
texts=0
while IFS= read -r text; do
	texts=$((texts + 1))
	ok "a client can be shown: $text" grep -qaF -- "$text" "$T/programs"
done < <(sed -n 's/^| `\([^`]*\)` |.*/\1/p' "$SOURCE/doc/troubleshooting.md")
ok "there are so many texts: $texts" [ "$texts" -ge 15 ]
while IFS= read -r text; do
	ok "troubleshooting has the refusal: $text" \
	    grep -qF "| \`${text%%: *}" "$SOURCE/doc/troubleshooting.md"
done < <(awk '/\[REFUSE_/ { inside = 1 }
	inside && match($0, /^\t    "[^"]*"/) {
		print substr($0, 7, RLENGTH - 7); inside = 0 }' \
    "$SOURCE/src/request/refusal.c" | grep -v -e '^the command is too' \
    -e 'unclosed quote' -e '^the command line is not' \
    -e '^the arguments that were' | sed 's/ $//')
finish
