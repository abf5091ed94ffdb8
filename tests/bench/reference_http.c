// SPDX-License-Identifier: BSD-3-Clause
// The reference's HTTP/1.1 server: GET or HEAD of /hello, connections that stay open (RFC 9112).

#include "reference.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HEAD_MAX (16 * 1024)
#define ANSWER_ROOM 512

struct text {
    const char *begin;
    size_t size;
};

struct request {
    struct text method, target;
    bool close;
    int status; // 0 while nothing is wrong with it
    uint64_t body;
};

static bool is(struct text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.begin, word, text.size) == 0;
}

static bool is_caseless(struct text text, const char *word)
{
    return text.size == strlen(word) && strncasecmp(text.begin, word, text.size) == 0;
}

// Cuts the text before the first SEPARATOR off REST; the whole of it when there is none.
static struct text cut(struct text *rest, char separator)
{
    const char *end = memchr(rest->begin, separator, rest->size);
    struct text first = {rest->begin, end ? (size_t)(end - rest->begin) : rest->size};
    size_t gone = first.size + (end ? 1 : 0);
    *rest = (struct text){rest->begin + gone, rest->size - gone};
    return first;
}

static struct text trimmed(struct text text)
{
    while (text.size && (*text.begin == ' ' || *text.begin == '\t'))
        text.begin++, text.size--;
    while (text.size && (text.begin[text.size - 1] == ' ' || text.begin[text.size - 1] == '\t'))
        text.size--;
    return text;
}

static void request_line(struct request *request, struct text line)
{
    request->method = cut(&line, ' ');
    request->target = cut(&line, ' ');
    if (is(line, "HTTP/1.0"))
        request->close = true;
    else if (!is(line, "HTTP/1.1"))
        request->status = 400;
    if (request->method.size == 0 || request->target.size == 0)
        request->status = 400;
}

static void connection_options(struct request *request, struct text value)
{
    while (value.size) {
        struct text option = trimmed(cut(&value, ','));
        if (is_caseless(option, "close"))
            request->close = true;
        else if (is_caseless(option, "keep-alive"))
            request->close = false;
    }
}

static void content_length(struct request *request, struct text value)
{
    if (value.size == 0 || value.size > 18)
        request->status = 400;
    request->body = 0;
    for (size_t i = 0; i < value.size; i++) {
        if (value.begin[i] < '0' || value.begin[i] > '9')
            request->status = 400;
        request->body = request->body * 10 + (uint64_t)(value.begin[i] - '0');
    }
}

static void field(struct request *request, struct text line)
{
    struct text name = cut(&line, ':'), value = trimmed(line);
    if (name.size == 0 || line.begin[-1] != ':' || name.begin[name.size - 1] == ' ')
        request->status = 400;
    else if (is_caseless(name, "Connection"))
        connection_options(request, value);
    else if (is_caseless(name, "Content-Length"))
        content_length(request, value);
    else if (is_caseless(name, "Transfer-Encoding"))
        request->status = 501;
}

// Reads one request head; its length, or 0 when its end is missing.
static size_t head(struct request *request, const char *data, size_t size)
{
    const char *at = data, *end;
    *request = (struct request){.status = 0};
    while ((end = memchr(at, '\n', size - (size_t)(at - data)))) {
        struct text line = {at, (size_t)(end - at)};
        if (line.size && line.begin[line.size - 1] == '\r')
            line.size--;
        if (line.size == 0 && at != data)
            return (size_t)(end + 1 - data);
        if (at == data)
            request_line(request, line);
        else
            field(request, line);
        at = end + 1;
    }
    return 0;
}

static const char *reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 431:
        return "Request Header Fields Too Large";
    case 501:
        return "Not Implemented";
    default:
        return "Bad Request";
    }
}

static size_t print(char *out, const struct request *request)
{
    static const char hello[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                "Content-Length: 14\r\n\r\nHello, world!\n";
    if (request->status == 200 && !request->close && is(request->method, "GET")) {
        memcpy(out, hello, sizeof(hello) - 1);
        return sizeof(hello) - 1;
    }
    const char *body = request->status == 200 ? "Hello, world!\n" : "";
    return (size_t)snprintf(out, ANSWER_ROOM,
                            "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                            "Connection: %s\r\n\r\n%s",
                            request->status, reason(request->status), strlen(body),
                            request->close ? "close" : "keep-alive",
                            is(request->method, "HEAD") ? "" : body);
}

static size_t respond(struct conn *conn, struct request *request, char *out)
{
    // After a request that it did not understand, a server cannot know where the next one begins.
    if (request->status)
        request->close = true;
    else if (!is(request->method, "GET") && !is(request->method, "HEAD"))
        request->status = 405;
    else
        request->status = is(request->target, "/hello") ? 200 : 404;
    conn->closing = request->close;
    conn->skip = request->close ? 0 : request->body;
    return print(out, request);
}

static size_t skip(struct conn *conn, size_t there)
{
    size_t skipped = conn->skip < there ? (size_t)conn->skip : there;
    conn->skip -= skipped;
    return skipped;
}

static size_t take_http(struct conn *conn, const struct buffers *buffers, const char *data,
                        size_t size, struct answer *answer)
{
    struct request request;
    size_t taken = skip(conn, size);
    answer->data = buffers->out;
    while (taken < size && !conn->closing && answer->size + ANSWER_ROOM <= BUFFER_SIZE) {
        size_t length = head(&request, data + taken, size - taken);
        if (length == 0 && size - taken < HEAD_MAX)
            break;
        if (length == 0)
            request.status = 431;
        answer->size += respond(conn, &request, buffers->out + answer->size);
        taken += length;
        taken += skip(conn, size - taken);
    }
    return taken;
}

// A read is so small that its answers always fit into the other buffer.
const struct protocol reference_http = {"http", 16 * 1024 + 1024, take_http};
