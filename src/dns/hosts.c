// SPDX-License-Identifier: BSD-3-Clause
// The table of hosts(5).

#include "dns/hosts.h"

#include <stdlib.h>
#include <string.h>

// A name in the text. The names of a bucket are linked in the order of the file.
struct hosts_name {
    uint32_t at;   // offset of the name
    uint32_t len;  // of the name
    uint32_t line; // offset of its line
    uint32_t next; // index + 1 of the next one; 0: this is the last
};

struct hosts_bucket {
    uint32_t first; // index + 1; 0: none
    uint32_t last;
};

// A word of a line.
struct word {
    const char *at;
    size_t len;
};

void hosts_init(struct hosts *h, const char *path)
{
    memset(h, 0, sizeof *h);
    config_file_init(&h->file, path);
}

static void forget(struct hosts *h)
{
    free(h->text);
    free(h->names);
    free(h->buckets);
    h->text = NULL;
    h->names = NULL;
    h->buckets = NULL;
    h->size = h->count = h->bucket_count = 0;
}

void hosts_free(struct hosts *h)
{
    forget(h);
    h->file.is_known = false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == '\0';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

// The next word of the line, which ends at END or at a '#'. Moves *AT behind the word.
static struct word next_word(const char **at, const char *end)
{
    while (*at < end && is_blank(**at))
        (*at)++;
    struct word w = {.at = *at};
    while (*at < end && !is_blank(**at) && **at != '#')
        (*at)++;
    w.len = (size_t)(*at - w.at);
    return w;
}

static const char *line_end(const struct hosts *h, const char *line)
{
    const char *end = h->text + h->size;
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    return newline ? newline : end;
}

// FNV-1a over the name in lower case.
static uint32_t hash_of(const char *name, size_t len)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)lower(name[i])) * 16777619U;
    return hash;
}

static bool same_name(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

// An upper limit for the number of names: all words but the first of each line.
static size_t count_names(const struct hosts *h)
{
    size_t count = 0;
    for (size_t i = 1; i < h->size; i++)
        count += is_blank(h->text[i - 1]) && !is_blank(h->text[i]);
    return count;
}

static void add_name(struct hosts *h, struct word name, const char *line)
{
    struct hosts_bucket *b = &h->buckets[hash_of(name.at, name.len) & (h->bucket_count - 1)];
    struct hosts_name *n = &h->names[h->count++];
    n->at = (uint32_t)(name.at - h->text);
    n->len = (uint32_t)name.len;
    n->line = (uint32_t)(line - h->text);
    n->next = 0;
    if (b->first == 0)
        b->first = (uint32_t)h->count;
    else
        h->names[b->last - 1].next = (uint32_t)h->count;
    b->last = (uint32_t)h->count;
}

static void index_lines(struct hosts *h, size_t room)
{
    const char *end;
    for (const char *line = h->text; line < h->text + h->size; line = end + 1) {
        const char *at = line;
        end = line_end(h, line);
        struct word address = next_word(&at, end), name;
        while (address.len > 0 && (name = next_word(&at, end)).len > 0 && h->count < room)
            add_name(h, name, line);
    }
}

static int make_index(struct hosts *h)
{
    size_t room = count_names(h) + 1;
    h->bucket_count = 16;
    while (h->bucket_count < room)
        h->bucket_count *= 2;
    h->names = calloc(room, sizeof *h->names);
    h->buckets = calloc(h->bucket_count, sizeof *h->buckets);
    if (!h->names || !h->buckets || h->size > UINT32_MAX / 2)
        return -ENOMEM;
    index_lines(h, room);
    return 0;
}

int hosts_update(struct hosts *h)
{
    char *text;
    size_t size;
    int r = config_file_read(&h->file, &text, &size);
    if (r <= 0)
        return r;
    forget(h);
    h->text = text;
    h->size = size;
    r = make_index(h);
    if (r < 0)
        hosts_free(h);
    return r;
}

// The address at the beginning of the line at LINE. A word such as "loopback" is no address here.
static bool address_of_line(const struct hosts *h, const char *line, struct addr *out)
{
    const char *why, *at = line;
    struct word w = next_word(&at, line_end(h, line));
    bool number = memchr(w.at, '.', w.len) || memchr(w.at, ':', w.len);
    return number && addr_from_host(out, (struct host){w.at, w.len, 0, AF_UNSPEC}, &why) == 0;
}

int hosts_addresses(const struct hosts *h, const char *name, int family, struct addr_list *out)
{
    size_t len = strlen(name);
    int error = -ENOENT;
    uint32_t at = 0;
    if (h->count > 0)
        at = h->buckets[hash_of(name, len) & (h->bucket_count - 1)].first;
    for (const struct hosts_name *n; at > 0; at = n->next) {
        struct addr a;
        n = &h->names[at - 1];
        if (n->len != len || !same_name(h->text + n->at, name, len) ||
            !address_of_line(h, h->text + n->line, &a))
            continue;
        bool wanted = family == AF_UNSPEC || family == addr_family(&a);
        error = wanted ? addr_list_add(out, &a) : 0;
        if (error < 0)
            break;
    }
    return error;
}

static bool same_host(const struct addr *a, const struct addr *b)
{
    if (addr_family(a) != addr_family(b))
        return false;
    if (addr_family(a) == AF_INET)
        return a->u.in.sin_addr.s_addr == b->u.in.sin_addr.s_addr;
    bool scope = addr_scope(a) == addr_scope(b) || addr_scope(a) == 0 || addr_scope(b) == 0;
    return scope && memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr, 16) == 0;
}

// Appends the names of a line: how many, or -ENOMEM.
static int take_names(const struct hosts *h, const char *line, struct bytes *out)
{
    const char *at = line, *end = line_end(h, line);
    int count = 0;
    (void)next_word(&at, end); // the address
    for (struct word w; (w = next_word(&at, end)).len > 0; count++)
        if (bytes_append(out, w.at, w.len) < 0 || bytes_append(out, "", 1) < 0)
            return -ENOMEM;
    return count;
}

int hosts_names(const struct hosts *h, const struct addr *a, struct bytes *out)
{
    int count = 0;
    const char *end = h->text + h->size;
    for (const char *line = h->text; line < end; line = line_end(h, line) + 1) {
        struct addr b;
        if (!address_of_line(h, line, &b) || !same_host(a, &b))
            continue;
        int added = take_names(h, line, out);
        if (added < 0)
            return added;
        count += added;
    }
    return count;
}
