# What is installed, and where. Texts that name /usr/local name PREFIX then, and
# those that name /etc/filesonly SYSCONFDIR.

BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/lib/filesonly
MANDIR ?= $(PREFIX)/share/man
EXAMPLEDIR ?= $(PREFIX)/share/doc/filesonly/examples
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
UNITDIR ?= $(PREFIX)/lib/systemd/system

.PHONY: install uninstall

MAN_PAGES := $(sort $(wildcard conf/man/*.[1-8]))
EXAMPLES := conf/filesonly.conf conf/conf.d/example.conf \
	conf/users.d/example.conf conf/sshd_config.d/filesonly.conf \
	conf/authorized_keys.example $(if $(SERVER),conf/filesonlyd.conf)
UNITS := $(if $(SERVER),$(sort $(wildcard conf/systemd/*.service)))
# The administrator's, and those that each have a link in BINDIR. The names
# rrsync and sftp-server live apart: other packages own them there.
TOOL := $(B)/filesonlyctl
PROGRAMS := $(B)/filesonly $(SERVER)
NAMES := rrsync sftp-server

# FILE PLACE, a line each.
define INSTALLED
$(foreach f,$(MAN_PAGES),$f $(MANDIR)/man$(subst .,,$(suffix $f))/$(notdir $f)
)$(foreach f,$(EXAMPLES),$f $(EXAMPLEDIR)/$(f:conf/%=%)
)$(foreach f,$(UNITS),$f $(UNITDIR)/$(notdir $f)
)conf/completion/filesonlyctl $(COMPLETIONDIR)/filesonlyctl
conf/tmpfiles.d/filesonly.conf $(TMPFILESDIR)/filesonly.conf
endef
export INSTALLED

install: all
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(LIBEXECDIR)" \
	    "$(DESTDIR)$(SYSCONFDIR)/conf.d" "$(DESTDIR)$(SYSCONFDIR)/users.d"
	install -m 755 $(TOOL) "$(DESTDIR)$(BINDIR)/$(notdir $(TOOL)")
	for program in $(PROGRAMS); do \
	    name=$${program##*/}; \
	    install -m 755 $$program "$(DESTDIR)$(LIBEXECDIR)/$$name" && \
	    ln -srf "$(DESTDIR)$(LIBEXECDIR)/$$name" \
	        "$(DESTDIR)$(BINDIR)/$$name" || exit; \
	done
	for name in $(NAMES); do \
	    ln -sf filesonly "$(DESTDIR)$(LIBEXECDIR)/$$name" || exit; \
	done
	echo "$$INSTALLED" | while read -r file place; do \
	    install -d "$(DESTDIR)$${place%/*}" && \
	    sed 's,/usr/local/lib/filesonly,$(LIBEXECDIR),g; s,/usr/local/bin,$(BINDIR),g; s,/usr/local/share/doc/filesonly/examples,$(EXAMPLEDIR),g; s,/etc/filesonly,$(SYSCONFDIR),g' \
	        $$file >"$(DESTDIR)$$place" && \
	    chmod 644 "$(DESTDIR)$$place" || exit; \
	done

uninstall:
	rm -f "$(DESTDIR)$(BINDIR)/$(notdir $(TOOL)")
	for program in $(PROGRAMS); do \
	    rm -f "$(DESTDIR)$(BINDIR)/$${program##*/}" \
	        "$(DESTDIR)$(LIBEXECDIR)/$${program##*/}"; \
	done
	for name in $(NAMES); do rm -f "$(DESTDIR)$(LIBEXECDIR)/$$name"; done
	echo "$$INSTALLED" | while read -r file place; do \
	    rm -f "$(DESTDIR)$$place"; \
	    rmdir "$(DESTDIR)$${place%/*}" 2>/dev/null; \
	done; true
	rmdir "$(DESTDIR)$(EXAMPLEDIR)" "$(DESTDIR)$(LIBEXECDIR)" \
	    "$(DESTDIR)$(SYSCONFDIR)/conf.d" "$(DESTDIR)$(SYSCONFDIR)/users.d" \
	    "$(DESTDIR)$(SYSCONFDIR)" 2>/dev/null; true
