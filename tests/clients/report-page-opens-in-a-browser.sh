#!/bin/bash
# The page of filesonlyctl report, opened in Chromium: what stands in it there
# is what the transfers moved, and what an account is called is text.
# timeout: 120
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
command -v chromium >/dev/null || skip_all "chromium is not installed"
start_sshd ""

CTL=$T/bin/filesonlyctl
cp "$BUILD/filesonlyctl" "$T/bin/"
account=${ACCOUNTS##* }
root=$(make_root "$account")
log=$(make_log "$account")
head -c 300000 /dev/urandom >"$T/large"
mkdir "$T/tree"
for i in 1 2 3; do
	head -c $((i * 1000)) /dev/urandom >"$T/tree/$i"
done
serve "$account" "--audit=$log" "$root"
batch "$account" "put $T/large large" "get large $T/back" "rm large" ||
    note "$(cat "$T/out")"
rsync_to -r "$T/tree/" "$account:tree"
ssh_to "$account" id >"$T/out" 2>&1
# Of another day, by an account that no machine would have: as the record has
# its name, and as sed wants that.
odd='<script>document.title=1<\/script>\&\\"'
sed -n "s/user=\"[^\"]*\"/user=\"$odd\"/
	s/time=[0-9-]*T/time=2026-11-03T/; s/session=[0-9a-f]\{5\}/session=fffff/p" \
    "$log" >"$T/other"
cat "$T/other" >>"$log"
"$CTL" report --html "$log" >"$T/report.html"
"$CTL" report --json "$log" >"$T/report.json"

# browser OPTION...: the page, by a browser that reaches nothing else.
browser() {
	timeout 60 chromium --headless --no-sandbox --disable-gpu \
	    --user-data-dir="$T/browser" --hide-scrollbars \
	    --window-size=1000,560 "$@" "file://$T/report.html" 2>"$T/err"
}

ok "the page opens" sh -c "cd '$T' && $(declare -f browser)
	T='$T'; browser --dump-dom >'$T/dom'"
/usr/bin/python3 - "$T/dom" "$T/report.json" >"$T/read" 2>&1 <<'END'
import collections, html.parser, json, re, sys

class Page(html.parser.HTMLParser):
    rows, bars, kinds, cell, title = [], [], set(), None, False

    def handle_starttag(self, tag, attributes):
        self.kinds.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
        self.cell = tag == "td"
        self.title = tag == "title" and self.bars is not None
        if self.title:
            self.bars.append("")

    def handle_endtag(self, tag):
        self.cell = self.title = False

    def handle_data(self, data):
        if self.cell:
            self.rows[-1][-1] += data
        if self.title:
            self.bars[-1] += data

page = Page()
page.feed(open(sys.argv[1]).read())
told = json.load(open(sys.argv[2]))["rows"]
names = ("account", "day", "sessions", "refused", "files_in", "bytes_in",
    "files_out", "bytes_out", "removed")
rows = [row for row in page.rows if row]
print("rows", rows == [[str(row[name]) for name in names] for row in told])
sums = collections.Counter()
for row in told:
    sums[row["day"], "in"] += row["bytes_in"]
    sums[row["day"], "out"] += row["bytes_out"]
bars = {}
for bar in page.bars:
    found = re.fullmatch(r"(\S+): (\d+) bytes (in|out)", bar)
    if found:
        bars[found[1], found[3]] = int(found[2])
print("bars", bars == sums)
print("first", page.bars[0])
print("moved", sorted(int(row[5]) for row in rows),
    sorted(int(row[7]) for row in rows))
print("scripts", bool(page.kinds & {"script", "img", "link", "iframe"}))
END
read_back() {
	sed -n "s/^$1 //p" "$T/read"
}
is "its table has the report's rows" "$(read_back rows)" True ||
    note "$(cat "$T/read")"
is "... which are what was moved" "$(read_back moved)" \
    "[306000, 306000] [300000, 300000]"
is "each bar says its day's sum" "$(read_back bars)" True
is "a name is text: the title is the page's" "$(read_back first)" filesonly
is "... and nothing runs or is fetched" "$(read_back scripts)" False
ok "a picture of it is one" sh -c "cd '$T' && $(declare -f browser)
	T='$T'; browser --screenshot='$T/report.png' &&
	    head -c 4 '$T/report.png' | grep -aq PNG"
# The documentation's is made by this: PICTURE=FILE.
[ -z "${PICTURE:-}" ] || cp "$T/report.png" "$PICTURE"
finish
