# shellcheck shell=bash
# Debian's packages of another architecture or release, fetched by apt with
# lists of their own and unpacked, not installed: nothing of the machine
# changes, and no root is needed. Sourced.

# private_apt_start DIRECTORY ARCHITECTURE [SUITE]: makes DIRECTORY, and the
# lists there: the machine's own sources, or their archives' for SUITE alone.
private_apt_start() {
	APT_DIR=$1
	APT_ARCH=$2
	APT_SOURCES=()
	mkdir -p "$APT_DIR/lists/partial" "$APT_DIR/archives/partial" || return
	: >"$APT_DIR/status"
	if [ -n "${3:-}" ]; then
		private_apt_sources "$3" >"$APT_DIR/sources.list" || return
		APT_SOURCES=(-o "Dir::Etc::sourcelist=$APT_DIR/sources.list"
			-o Dir::Etc::sourceparts=/dev/null)
	fi
	private_apt update
}

# private_apt ARGUMENT...: apt-get with those lists.
private_apt() {
	apt-get -qq -o Debug::NoLocking=1 -o APT::Architecture="$APT_ARCH" \
	    -o APT::Architectures="$APT_ARCH" -o APT::Sandbox::User=root \
	    -o APT::Install-Recommends=false \
	    -o Acquire::Languages=none -o Acquire::Retries=1 \
	    -o Acquire::Check-Valid-Until=false \
	    -o Dir::State="$APT_DIR" \
	    -o Dir::State::status="$APT_DIR/status" \
	    -o Dir::Cache="$APT_DIR" "${APT_SOURCES[@]}" "$@"
}

# The archives that the machine's own release comes from have others beside it.
private_apt_sources() {
	local suite=$1 own options='' keyring uri codename found=1
	own=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ ! -e $keyring ] || options="[signed-by=$keyring] "
	# shellcheck disable=SC2016 # the format is apt's
	while read -r uri codename; do
		case $codename in
		"$own") echo "deb $options$uri $suite main" && found=0 ;;
		"$own-security")
			[ "$suite" = sid ] ||
			    echo "deb $options$uri $suite-security main"
			;;
		esac
	done < <(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' \
	    'Created-By: Packages' | sort -u)
	return $found
}

# private_apt_unpack DIRECTORY: all that was downloaded.
private_apt_unpack() {
	local package
	for package in "$APT_DIR"/archives/*.deb; do
		dpkg-deb -x "$package" "$1" || return
	done
}
