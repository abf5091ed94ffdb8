// SPDX-License-Identifier: BSD-3-Clause
// The main() of every unit test, over Check.
//
// A test file holds START_TEST functions and ends with one line that lists them:
//
//     UNIT_MAIN("addr", parses_ipv4, refuses_port_70000)
//
// It stands on Check only. Each test runs in a process of its own (CK_FORK=no in the environment
// keeps it in one, for a debugger), is stopped after UNIT_TIMEOUT seconds, and the exit status is
// EXIT_FAILURE when any of them failed. `CK_TAP_LOG_FILE_NAME=file` makes Check write one line per
// test, which is what `make check` counts. UNIT_WITHOUT has the names of tests that are left out,
// between blanks: what a checker cannot run. It refuses to know fixtures: a test builds what it
// needs.
#ifndef SSS_TESTS_UNIT_H
#define SSS_TESTS_UNIT_H

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_TIMEOUT 100

// Is the test left out?
static inline int unit_without(const TTest *test)
{
    const char *names = getenv("UNIT_WITHOUT");
    char word[128];
    snprintf(word, sizeof word, " %s ", test->name);
    return names && strstr(names, word);
}

// Runs `count` tests (what START_TEST defines) as a suite called `name`; gives main's exit status.
static inline int unit_run(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *group = tcase_create(name);
    tcase_set_timeout(group, UNIT_TIMEOUT);
    for (size_t i = 0; i < count; i++)
        if (!unit_without(tests[i]))
            tcase_add_test(group, tests[i]);
    suite_add_tcase(suite, group);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

// Defines main(): UNIT_MAIN("name of the room", test, test, ...).
#define UNIT_MAIN(name, ...)                                                                       \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const unit_tests[] = {__VA_ARGS__};                                           \
        return unit_run(name, unit_tests, sizeof unit_tests / sizeof unit_tests[0]);               \
    }

#endif
