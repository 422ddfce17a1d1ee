/*
 * SANITIZED: are we built with the address sanitizer, by gcc or clang? Its run
 * time must live in every jail: what a filter would kill is EPERM then.
 */
#ifndef FILESONLY_TESTS_UNIT_SANITIZED_H
#define FILESONLY_TESTS_UNIT_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
