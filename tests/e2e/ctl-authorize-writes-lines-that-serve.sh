#!/bin/bash
# filesonlyctl authorize: the line that it prints serves exactly the root that
# was named, whatever bytes that has, from where and until when it says; keys
# come in both of the usual forms, and what is no key gives no line.
. "$(dirname "$0")/lib.sh"
start_sshd

CTL=$T/bin/filesonlyctl
cp "$BUILD/filesonlyctl" "$T/bin/"
PUB=$T/client_key.pub
ssh-keygen -e -f "$PUB" >"$T/rfc4716" 2>/dev/null

# gives CLAIM INPUT STATUS WORD...: the verb's status; its output is in $T/line.
gives() {
	local claim=$1 input=$2 wanted=$3
	shift 3
	"$CTL" authorize "$@" <"$input" >"$T/line" 2>"$T/err"
	is "$claim" $? "$wanted"
	[ "$wanted" = 0 ] || is "$claim: no line" "$(cat "$T/line")" ""
}

# asks ACCOUNT: what the key of the line gets to see.
asks() {
	cp "$T/line" "$T/keys/$1"
	batch "$1" "ls -1" && sed '/^sftp>/d' "$T/out"
}

for a in $ACCOUNTS; do
	number=0
	# The names are as odd as they look.
	# shellcheck disable=SC1003,SC2016
	for name in plain "two words" "it's" 'a"quote' 'back\slash' '\"' \
	    'end\' '$HOME `id` $(id)' '*?[a]' ';&|<>' '#%!~' -- --dashes \
	    "n'o\"n\\e's" 'ä€'; do
		number=$((number + 1))
		root=$T/roots/$a/$name
		mkdir -p "$root"
		: >"$root/file-$number"
		own "$a" "$T/roots/$a"
		gives "$a: a line for \"$name\"" "$PUB" 0 --read-only "$root"
		is "$a: ... which serves that root" "$(asks "$a")" \
		    "file-$number"
	done
	no "$a: ... read-only" batch "$a" "mkdir new"
	gives "$a: a line from an RFC 4716 key" "$T/rfc4716" 0 "$root"
	is "$a: ... serves, too" "$(asks "$a")" "file-$number"
	ok "$a: ... where it may" batch "$a" "mkdir new" "rmdir new"
	gives "$a: a line from here" "$PUB" 0 --from=127.0.0.0/8,::1 "$root"
	is "$a: ... serves" "$(asks "$a")" "file-$number"
	gives "$a: a line from elsewhere" "$PUB" 0 --from=192.0.2.1 "$root"
	no "$a: ... doesn't" asks "$a"
	gives "$a: a line until a day to come" "$PUB" 0 --expires=+2d "$root"
	is "$a: ... serves" "$(asks "$a")" "file-$number"
	gives "$a: a line until a day that is over" "$PUB" 0 \
	    --expires=2020-02-29 "$root"
	no "$a: ... doesn't" asks "$a"
done

# The words of the line.
key=$(cut -d' ' -f1,2 "$PUB")
gives "a line with everything" "$PUB" 0 --create-only --from='*.example.org' \
    --expires=2027-02-28 --program=/usr/bin/filesonly --services=sftp '/a b'
is "... is what it should be" "$(cut -d' ' -f1-6 "$T/line")" \
    "restrict,command=\"/usr/bin/filesonly --create-only --services=sftp '/a b'\",from=\"*.example.org\",expiry-time=\"202702280000\" ${key% *}"
gives "a line for the configuration" "$PUB" 0 --profile=pull
like "... names no root" "$(cat "$T/line")" "*filesonly --profile=pull\" ssh-*"
for kind in "ed25519" "rsa -b 3072" "ecdsa -b 256" "ecdsa -b 521"; do
	rm -f "$T/k" "$T/k.pub"
	# Words are to be split.
	# shellcheck disable=SC2086
	ssh-keygen -q -t $kind -N '' -C "who	is it" -f "$T/k"
	gives "$kind: a line" "$T/k.pub" 0 /srv
	like "$kind: ... with the key" "$(cat "$T/line")" \
	    "* $(cut -d' ' -f1,2 "$T/k.pub") who*is it"
	ssh-keygen -e -f "$T/k.pub" >"$T/k.rfc" 2>/dev/null
	gives "$kind: RFC 4716: a line" "$T/k.rfc" 0 /srv
	like "$kind: ... with the same key" "$(cat "$T/line")" \
	    "* $(cut -d' ' -f1,2 "$T/k.pub") *"
done
sed 's/^Comment: .*/x-other: first\\\n second\nComment: one \\\ntwo/; s/$/\r/' \
    "$T/k.rfc" >"$T/odd.rfc"
gives "RFC 4716 with headers that go on, and CRLF" "$T/odd.rfc" 0 /srv
like "... has its comment" "$(cat "$T/line")" "* one two"
{
	echo "# two keys"
	echo
	cat "$PUB" "$T/k.rfc"
} >"$T/two"
gives "two keys" "$T/two" 0 /srv
is "... are two lines" "$(wc -l <"$T/line")" 2

# What is no public key, and no line.
cp "$T/k" "$T/private"
head -c 60 "$PUB" >"$T/cut"
sed 's/^ssh-ed25519/ssh-rsa/' "$PUB" >"$T/liar"
sed 's/^/restrict /' "$PUB" >"$T/with-options"
head -n 2 "$T/k.rfc" >"$T/no-end"
: >"$T/nothing"
printf 'a\0b' >"$T/nul"
ssh-keygen -q -s "$T/k" -I id -n x "$PUB" 2>/dev/null
mv "${PUB%.pub}-cert.pub" "$T/certificate"
for bad in private cut liar with-options no-end nothing nul certificate; do
	gives "$bad: is no key" "$T/$bad" 1 /srv
	ok "$bad: ... which is told" test -s "$T/err"
done
for words in "" "--nonsense /srv" "--mode=x /srv" "/srv /other" "--help /srv" \
    "--profile=a /srv" "--from= /srv" "--from=a\\b /srv" "--expires=x /srv" \
    "--expires=2027-02-30 /srv" "--expires=+0d /srv" "--program=x /srv" \
    "--hide=a /srv" "--subsystem=sftp /srv"; do
	# shellcheck disable=SC2086
	gives "\"authorize $words\" is a usage error" "$PUB" 2 $words
done
gives "a newline in a root is refused" "$PUB" 2 "/srv
restrict"

finish
