// SPDX-License-Identifier: BSD-3-Clause
// The settings of resolv.conf(5).

#include "dns/resolv_conf.h"

#include <stdlib.h>
#include <string.h>

// The limits of resolv.conf(5).
enum {
    NDOTS_MAX = 15,
    TIMEOUT_MAX = 30,
    ATTEMPTS_MAX = 5,
    NAME_MAX_LEN = 254, // 253, and a dot at the end
};

// A piece of the text.
struct word {
    const char *at;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == '\0';
}

// Takes the next word of REST; empty when there is none.
static struct word next_word(struct word *rest)
{
    while (rest->len > 0 && is_blank(*rest->at)) {
        rest->at++;
        rest->len--;
    }
    struct word w = {.at = rest->at};
    while (w.len < rest->len && !is_blank(w.at[w.len]))
        w.len++;
    rest->at += w.len;
    rest->len -= w.len;
    return w;
}

static bool is_word(struct word w, const char *text)
{
    return w.len == strlen(text) && memcmp(w.at, text, w.len) == 0;
}

// ---- servers

int resolv_conf_server(struct addr *out, const char *text, size_t len)
{
    struct addr_text parts;
    const char *why;
    int port = RESOLV_PORT;
    const char *colon = memchr(text, ':', len);
    bool bare_ipv6 =
        colon && text[0] != '[' && memchr(colon + 1, ':', len - (size_t)(colon + 1 - text));
    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (colon && !bare_ipv6) {
        if (addr_split(text, len, &parts, &why) < 0 || parts.is_unix)
            return -EINVAL;
        port = addr_parse_port(parts.port, parts.port_len);
        text = parts.host;
        len = parts.host_len;
    }
    bool number = memchr(text, '.', len) || memchr(text, ':', len);
    if (port <= 0 || !number ||
        addr_from_host(out, (struct host){text, len, port, AF_UNSPEC}, &why) < 0)
        return -EINVAL;
    return 0;
}

static void add_server(struct resolv_conf *c, struct word w)
{
    if (c->server_count < RESOLV_SERVERS_MAX && w.len > 0 &&
        resolv_conf_server(&c->servers[c->server_count], w.at, w.len) == 0)
        c->server_count++;
}

// ---- the search list

// The last such line counts: it replaces earlier ones.
static int set_search(struct resolv_conf *c, struct word rest, bool one)
{
    char *domains = malloc(rest.len + 2);
    if (!domains)
        return -ENOMEM;
    size_t size = 0;
    for (struct word w; (w = next_word(&rest)).len > 0;) {
        if (w.len > NAME_MAX_LEN)
            continue;
        memcpy(domains + size, w.at, w.len);
        size += w.len;
        domains[size++] = '\0';
        if (one)
            break;
    }
    free(c->search);
    c->search = domains;
    c->search_size = size;
    return 0;
}

static unsigned count_dots(const char *name)
{
    unsigned dots = 0;
    for (; *name != '\0'; name++)
        dots += *name == '.';
    return dots;
}

// The domain number N of the list, or NULL.
static const char *domain_at(const struct resolv_conf *c, unsigned n)
{
    const char *at = c->search, *end = c->search + c->search_size;
    while (at && at < end && n-- > 0)
        at += strlen(at) + 1;
    return at && at < end ? at : NULL;
}

static unsigned count_domains(const struct resolv_conf *c)
{
    unsigned count = 0;
    for (size_t i = 0; i < c->search_size; i++)
        count += c->search[i] == '\0';
    return count;
}

// Writes NAME, with DOMAIN behind it unless that is NULL.
static int put_name(char *out, size_t size, const char *name, const char *domain)
{
    size_t len = strlen(name), more = domain ? strlen(domain) : 0;
    if (more > 0 && domain[0] == '.')
        more = 0; // the root domain adds nothing
    if (more == 0 && len > 1 && name[len - 1] == '.')
        len--;
    if (len + 1 + more > NAME_MAX_LEN || len + 1 + more + 1 > size)
        return 0;
    memcpy(out, name, len);
    if (more > 0) {
        out[len++] = '.';
        memcpy(out + len, domain, more);
    }
    out[len + more] = '\0';
    return 1;
}

int resolv_conf_candidate(const struct resolv_conf *c, const char *name, unsigned n, char *out,
                          size_t size)
{
    size_t len = strlen(name);
    bool absolute = len > 0 && name[len - 1] == '.';
    unsigned domains = absolute ? 0 : count_domains(c);
    bool as_is_first = absolute || count_dots(name) >= c->ndots;
    if (n > domains)
        return -ENOENT;
    if (n == (as_is_first ? 0 : domains))
        return put_name(out, size, name, NULL);
    return put_name(out, size, name, domain_at(c, as_is_first ? n - 1 : n));
}

// ---- options

// If OPTION is NAME, a colon and a number, *OUT is that number, limited to LOW..HIGH. Without a
// number it stays as it is.
static bool take_number(struct word option, const char *name, unsigned low, unsigned high,
                        unsigned *out)
{
    size_t len = strlen(name);
    unsigned number = 0;
    if (option.len <= len || memcmp(option.at, name, len) != 0 || option.at[len] != ':')
        return false;
    for (size_t i = len + 1; i < option.len; i++) {
        if (option.at[i] < '0' || option.at[i] > '9')
            return true;
        number = number * 10 + (unsigned)(option.at[i] - '0');
        if (number > high)
            number = high;
    }
    if (option.len > len + 1)
        *out = number < low ? low : number;
    return true;
}

static void take_option(struct resolv_conf *c, struct word w)
{
    if (take_number(w, "ndots", 0, NDOTS_MAX, &c->ndots) ||
        take_number(w, "timeout", 1, TIMEOUT_MAX, &c->timeout) ||
        take_number(w, "attempts", 1, ATTEMPTS_MAX, &c->attempts))
        return;
    if (is_word(w, "rotate"))
        c->rotate = true;
    else if (is_word(w, "use-vc") || is_word(w, "usevc"))
        c->use_vc = true;
}

static void take_options(struct resolv_conf *c, struct word rest)
{
    for (struct word w; (w = next_word(&rest)).len > 0;)
        take_option(c, w);
}

// ---- the file

static int take_line(struct resolv_conf *c, struct word rest)
{
    struct word key = next_word(&rest);
    if (is_word(key, "nameserver"))
        add_server(c, next_word(&rest));
    else if (is_word(key, "search") || is_word(key, "domain"))
        return set_search(c, rest, is_word(key, "domain"));
    else if (is_word(key, "options"))
        take_options(c, rest);
    return 0;
}

int resolv_conf_parse(struct resolv_conf *c, const char *text, size_t size)
{
    int error = 0;
    *c = (struct resolv_conf){.ndots = 1, .timeout = 5, .attempts = 2};
    for (size_t at = 0; at < size && error == 0;) {
        const char *newline = memchr(text + at, '\n', size - at);
        size_t len = newline ? (size_t)(newline - text) - at : size - at;
        if (text[at] != '#' && text[at] != ';')
            error = take_line(c, (struct word){.at = text + at, .len = len});
        at += len + 1;
    }
    if (error < 0)
        resolv_conf_free(c);
    return error;
}

int resolv_conf_override(struct resolv_conf *c, const char *search, const char *options)
{
    if (options)
        take_options(c, (struct word){.at = options, .len = strlen(options)});
    if (!search)
        return 0;
    return set_search(c, (struct word){.at = search, .len = strlen(search)}, false);
}

void resolv_conf_free(struct resolv_conf *c)
{
    free(c->search);
    c->search = NULL;
    c->search_size = 0;
}
