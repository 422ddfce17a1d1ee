# What is given to others: the source archive, and Debian packages of it.

.PHONY: dist deb packages container

DIST := build/dist
RELEASE := filesonly-$(VERSION)
# What is committed, under the commit's own time: two archives of one commit
# are the same, byte by byte. SIGN=KEY signs the sums by ssh-keygen.
COMMIT ?= HEAD
# Whoever's settings of git these are.
GIT := git -c tar.umask=0022 -c core.autocrlf=false -c core.eol=lf \
	-c core.attributesFile=/dev/null -c log.showSignature=false

dist:
	$(Q)rm -rf $(DIST) && mkdir -p $(DIST)
	$(Q)$(GIT) archive --format=tar --prefix=$(RELEASE)/ \
	    --output=$(DIST)/$(RELEASE).tar $(COMMIT)
	$(Q)gzip -9n $(DIST)/$(RELEASE).tar
	$(Q)tools/spdx $(VERSION) "$$($(GIT) log -1 --format=%ct $(COMMIT))" \
	    >$(DIST)/$(RELEASE).spdx.json
	$(Q)cd $(DIST) && sha256sum $(RELEASE).tar.gz $(RELEASE).spdx.json \
	    >SHA256SUMS
	$(if $(SIGN),$(Q)ssh-keygen -q -Y sign -n filesonly -f $(SIGN) \
	    $(DIST)/SHA256SUMS)
	@ls -1 $(DIST)

# Where debhelper is. DEB_FLAGS are dpkg-buildpackage's.
deb: dist
	$(Q)packaging/build-deb $(DIST) $(RELEASE) $(DEB_FLAGS)

# In roots of their own, made by debootstrap: SUITES="bookworm trixie".
packages: all
	$(Q)BUILD=$(B) tests/packages/contrib-is-read-by-its-programs
	$(Q)tests/packages/debian-packages-install-upgrade-and-purge

# The image of packaging/container, run without an engine.
container: $(B)/tests/fault/lack
	$(Q)BUILD=$(B) tests/container/filesonlyd-serves-in-a-container
