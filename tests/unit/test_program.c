// SPDX-License-Identifier: BSD-3-Clause
// Tests of writing programs of one file.

#include "pack/program.h"
#include "random.h"
#include "runtimes.h"
#include "temporary.h"
#include "unit.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

// A folder with a runtime in it, and the paths of things there.
struct place {
    char folder[TEMPORARY_MAX];
    char runtime[TEMPORARY_MAX + 16];
    char out[TEMPORARY_MAX + 16];
    char data[TEMPORARY_MAX + 32];
};

static void place_begin(struct place *p)
{
    struct runtime program;
    temporary_folder(p->folder);
    snprintf(p->runtime, sizeof p->runtime, "%s/runtime", p->folder);
    snprintf(p->out, sizeof p->out, "%s/out", p->folder);
    snprintf(p->data, sizeof p->data, "%s/with space and \303\244", p->folder);
    runtime_make(&program);
    runtime_save(p->runtime, &program, sizeof program);
}

// How many entries the folder has.
static int place_count(const struct place *p)
{
    int count = -2; // "." and ".."
    DIR *folder = opendir(p->folder);
    ck_assert_ptr_nonnull(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void place_end(struct place *p)
{
    unlink(p->runtime);
    unlink(p->out);
    unlink(p->data);
    ck_assert_int_eq(rmdir(p->folder), 0); // nothing else was left
}

static struct program_file in_memory(const char *name, const char *text)
{
    return (struct program_file){name, {.data = text, .size = strlen(text)}};
}

static struct program two_files(const struct place *p, struct program_file files[2])
{
    files[0] = in_memory("main.lua", "print 'hello'");
    files[1] = (struct program_file){"data/x", {.path = p->data}};
    return (struct program){p->runtime, p->out, "main.lua", files, 2};
}

static struct program begin_with_two_files(struct place *p, struct program_file files[2])
{
    place_begin(p);
    runtime_save(p->data, "12345", 5);
    return two_files(p, files);
}

static uint64_t must_write(struct program *a)
{
    struct fault fault = {0};
    uint64_t size = 0;
    int status = program_write(a, &size, &fault);
    ck_assert_msg(status == 0, "cannot %s %s: %s", fault.action, fault.path, fault.reason);
    return size;
}

static void must_fail(struct program *a, const char *action, const char *path, const char *reason)
{
    struct fault fault = {0};
    uint64_t size;
    ck_assert_int_eq(program_write(a, &size, &fault), -1);
    ck_assert_str_eq(fault.action, action);
    ck_assert_str_eq(fault.path, path);
    ck_assert_str_eq(fault.reason, reason);
}

START_TEST(writes_what_it_can_read)
{
    struct place p;
    struct program_file files[2];
    struct program_contents c;
    struct fault fault;
    size_t size;
    struct program a = begin_with_two_files(&p, files);
    uint64_t written = must_write(&a);
    unsigned char *file = runtime_load(p.out, &size);
    ck_assert_uint_eq(size, written);
    ck_assert_int_eq(program_open(&c, p.out, &fault), 0);
    ck_assert_uint_eq(c.archive.count, 2);
    ck_assert_str_eq(archive_at(&c.archive, 0).name, "data/x");
    ck_assert_uint_eq(archive_at(&c.archive, 0).size, 5);
    ck_assert_str_eq(archive_at(&c.archive, c.archive.main).name, "main.lua");
    ck_assert_uint_eq(c.runtime_size + c.archive.size, size);
    program_close(&c);
    free(file);
    place_end(&p);
}
END_TEST

// The two files hold the same bytes.
static void must_be_equal(const char *path, const unsigned char *data, size_t size)
{
    size_t other_size;
    unsigned char *other = runtime_load(path, &other_size);
    ck_assert_uint_eq(other_size, size);
    ck_assert_mem_eq(other, data, size);
    free(other);
}

static void shuffle(struct program_file *files, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = random_below(i);
        struct program_file file = files[j];
        files[j] = files[i - 1];
        files[i - 1] = file;
    }
}

START_TEST(gives_equal_bytes_for_any_order)
{
    enum { COUNT = 300 };
    static char names[COUNT][32];
    static struct program_file files[COUNT];
    struct place p;
    size_t size;
    place_begin(&p);
    random_start("program");
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "folder%d/file %d", i % 7, i);
        files[i] = in_memory(names[i], i % 3 == 0 ? "" : names[i]);
    }
    struct program a = {p.runtime, p.out, names[5], files, COUNT};
    must_write(&a);
    unsigned char *first = runtime_load(p.out, &size);
    for (int round = 0; round < 20; round++) {
        shuffle(files, COUNT);
        must_write(&a);
        must_be_equal(p.out, first, size);
    }
    free(first);
    place_end(&p);
}
END_TEST

// Once with the runtime, once with a program that holds other files, once in the place of itself.
START_TEST(drops_an_old_archive)
{
    struct place p;
    struct program_file files[2], other = in_memory("other", "something longer than the others");
    size_t size;
    struct program a = begin_with_two_files(&p, files);
    must_write(&a);
    unsigned char *first = runtime_load(p.out, &size);
    must_write(&(struct program){p.runtime, p.out, "other", &other, 1});
    a.runtime = p.out;
    must_write(&a);
    must_be_equal(p.out, first, size);
    must_write(&a);
    must_be_equal(p.out, first, size);
    a.out = p.runtime;
    must_write(&a);
    must_be_equal(p.runtime, first, size);
    free(first);
    place_end(&p);
}
END_TEST

START_TEST(may_write_over_an_input)
{
    struct place p;
    struct program_file files[2];
    struct program_contents c;
    struct fault fault;
    struct program a = begin_with_two_files(&p, files);
    a.out = p.data;
    must_write(&a);
    ck_assert_int_eq(program_open(&c, p.data, &fault), 0);
    ck_assert_uint_eq(archive_at(&c.archive, 0).size, 5);
    program_close(&c);
    place_end(&p);
}
END_TEST

START_TEST(leaves_nothing_behind_when_it_fails)
{
    struct place p;
    struct program_file files[2];
    place_begin(&p);
    runtime_save(p.out, "as before", 9);
    struct program a = two_files(&p, files);
    must_fail(&a, "read", p.data, "No such file or directory");
    runtime_save(p.data, "12345", 5);
    a.main = "other.lua";
    must_fail(&a, "pack", "other.lua", "the main script is not among the files");
    files[0].name = a.main = "a/../b";
    must_fail(&a, "pack", "a/../b", "'..' is a part of it");
    files[0].name = a.main = "data/x";
    must_fail(&a, "pack", "data/x", "there are two of that name");
    files[0].name = a.main = "main";
    a.runtime = p.data;
    must_fail(&a, "use as runtime", p.data, "it is no sssrun program");
    a.runtime = p.folder;
    must_fail(&a, "use as runtime", p.folder, "it is a folder");
    a.runtime = p.runtime;
    a.out = p.folder;
    must_fail(&a, "write", p.folder, "Is a directory");
    a.out = "/dev/null";
    must_fail(&a, "write", "/dev/null", "it is no regular file");
    a.out = "";
    must_fail(&a, "write", "", "No such file or directory");
    files[1].source.path = "/dev/zero";
    must_fail(&a, "read", "/dev/zero", "it is no regular file");
    must_be_equal(p.out, (const unsigned char *)"as before", 9);
    ck_assert_int_eq(place_count(&p), 3);
    place_end(&p);
}
END_TEST

// program_write() while no file may become larger than MOST. Check itself writes files, so nothing
// is judged in here.
static int write_limited(struct program *a, uint64_t most, struct fault *fault)
{
    struct rlimit before, limit;
    uint64_t size;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = (struct rlimit){most, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    int status = program_write(a, &size, fault);
    setrlimit(RLIMIT_FSIZE, &before);
    return status;
}

// A disk that is full and a limit on files are the same to the writer; only the latter sends a
// signal too.
START_TEST(survives_a_limit_on_files)
{
    struct place p;
    struct program_file files[2];
    struct fault fault;
    struct sigaction action;
    struct program a = begin_with_two_files(&p, files);
    uint64_t size = must_write(&a);
    for (uint64_t most = 0; most < size; most += 7) {
        ck_assert_int_eq(write_limited(&a, most, &fault), -1);
        ck_assert_str_eq(fault.path, p.out);
        ck_assert_str_eq(fault.reason, "File too large");
        ck_assert_int_eq(place_count(&p), 3);
    }
    ck_assert_int_eq(write_limited(&a, size, &fault), 0);
    sigaction(SIGXFSZ, NULL, &action);
    ck_assert(action.sa_handler == SIG_DFL);
    place_end(&p);
}
END_TEST

START_TEST(refuses_more_than_two_gigabytes)
{
    struct place p;
    struct program_file files[2];
    place_begin(&p);
    runtime_save(p.data, "", 0);
    ck_assert_int_eq(truncate(p.data, (off_t)ARCHIVE_MAX - 200), 0);
    struct program a = two_files(&p, files);
    files[0].source.size = 400;
    must_fail(&a, "pack", "main.lua", "the packed files are more than 2 GiB");
    ck_assert_int_eq(truncate(p.data, (off_t)1 << 42), 0);
    must_fail(&a, "pack", "main.lua", "the packed files are more than 2 GiB");
    place_end(&p);
}
END_TEST

START_TEST(keeps_permissions_and_links)
{
    struct place p;
    struct program_file files[2];
    struct stat info;
    struct program a = begin_with_two_files(&p, files);
    umask(027);
    must_write(&a);
    ck_assert_int_eq(stat(p.out, &info), 0);
    ck_assert_uint_eq(info.st_mode & 07777, 0750);
    unlink(p.out);
    ck_assert_int_eq(symlink(p.data, p.out), 0);
    must_write(&a);
    ck_assert_int_eq(lstat(p.out, &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
    ck_assert_int_eq(stat(p.data, &info), 0);
    ck_assert_int_gt(info.st_size, 5);
    place_end(&p);
}
END_TEST

// Looks, has the file changed by CHANGE, copies.
static void must_notice(struct place *p, void (*change)(const char *path))
{
    struct source source = {.path = p->data};
    struct savefile out;
    struct source_sink sink = {&out, NULL, p->out};
    struct fault fault = {0};
    runtime_save(p->data, "12345", 5);
    ck_assert_int_eq(source_look(&source, &fault), 0);
    change(p->data);
    ck_assert_int_eq(savefile_open(&out, p->out, 0600), 0);
    ck_assert_int_eq(source_copy(&source, &sink, &fault), -1);
    ck_assert_str_eq(fault.path, p->data);
    ck_assert_str_eq(fault.reason, "it changed while it was read");
    savefile_drop(&out);
}

static void grow(const char *path)
{
    runtime_save(path, "123456", 6);
}

static void shrink(const char *path)
{
    runtime_save(path, "123", 3);
}

static void replace(const char *path)
{
    unlink(path);
    runtime_save(path, "54321", 5);
}

START_TEST(notices_files_that_change)
{
    struct place p;
    place_begin(&p);
    must_notice(&p, grow);
    must_notice(&p, shrink);
    must_notice(&p, replace);
    place_end(&p);
}
END_TEST

// What the program of an archive would refuse is refused in its file too.
START_TEST(notices_damage)
{
    struct place p;
    struct program_file files[2];
    struct program_contents c;
    struct fault fault;
    size_t size;
    struct program a = begin_with_two_files(&p, files);
    must_write(&a);
    unsigned char *file = runtime_load(p.out, &size);
    ck_assert_int_eq(program_open(&c, p.out, &fault), 0);
    size_t end = size - RUNTIME_SECTIONS * sizeof(Elf64_Shdr) - 8;
    size_t begin = size - RUNTIME_SECTIONS * sizeof(Elf64_Shdr) - c.archive.size;
    program_close(&c);
    for (size_t i = begin; i < end; i++) {
        file[i] ^= 0x10;
        runtime_save(p.out, file, size);
        ck_assert_int_eq(program_open(&c, p.out, &fault), -1);
        program_close(&c);
        file[i] ^= 0x10;
    }
    free(file);
    ck_assert_int_eq(program_open(&c, p.runtime, &fault), -1);
    ck_assert_str_eq(fault.reason, "it holds no packed files");
    place_end(&p);
}
END_TEST

UNIT_MAIN("program", writes_what_it_can_read, gives_equal_bytes_for_any_order, drops_an_old_archive,
          may_write_over_an_input, leaves_nothing_behind_when_it_fails, survives_a_limit_on_files,
          refuses_more_than_two_gigabytes, keeps_permissions_and_links, notices_files_that_change,
          notices_damage)
