// SPDX-License-Identifier: BSD-3-Clause
// Answers of name servers: any bytes behind the number of the question, over a socket of the
// loopback; a look-up ends, with addresses, names, records or an error.

#include "fuzz.h"

#include "base/clock.h"
#include "dns/lookups.h"
#include "dns/records.h"
#include "loop/loop.h"
#include "sys/sock.h"

#include <poll.h>

static int server = -1;
static struct addr where;

static void open_server(void)
{
    static const char host[] = "127.0.0.1";
    const char *why;
    FUZZ_REQUIRE(addr_from_host(&where, (struct host){host, strlen(host), 0, AF_INET}, &why) == 0);
    server = sock_open(AF_INET, SOCK_DGRAM, 0);
    FUZZ_REQUIRE(server >= 0);
    FUZZ_REQUIRE(sock_bind(server, &where) == 0 && sock_local(server, &where) == 0);
}

// Says the input to whatever is asked.
static void answer_all(const struct input *in)
{
    uint8_t packet[4096];
    struct addr from;
    size_t size = in->left < sizeof packet - 2 ? in->left : sizeof packet - 2;
    while (sock_poll(server, POLLIN, 0) > 0) {
        FUZZ_REQUIRE(sock_recvfrom(server, packet, sizeof packet, 0, &from) > 2);
        memcpy(packet + 2, in->at, size);
        ssize_t sent = sock_sendto(server, packet, size + 2, &from);
        (void)sent; // whoever has asked may be gone
    }
}

static void look_at_records(const struct resolve *req)
{
    struct record_value v;
    size_t len;
    for (size_t i = 0; i < records_count(req->records); i++) {
        FUZZ_REQUIRE(records_get(req->records, i).owner);
        for (size_t n = 0; records_value(req->records, i, n, &v); n++)
            for (size_t k = 0; k < v.number && v.kind != RECORD_NUMBER; k++)
                if (v.kind == RECORD_STRINGS)
                    FUZZ_REQUIRE(records_string(req->records, i, n, k, &len));
                else
                    FUZZ_REQUIRE(records_param(req->records, i, n, k).text);
    }
}

static void look_up(struct loop *loop, const struct question *q, const struct input *in)
{
    struct resolve *req;
    struct op op;
    op_init(&op);
    list_init(&op.u.wait.among);
    FUZZ_REQUIRE(lookups_start(loop, &op, q, &req) == 0);
    op.deadline = clock_deadline(clock_now(), 0.02);
    FUZZ_REQUIRE(!loop_start(loop, &op));
    while (loop_next(loop) != &op) {
        FUZZ_REQUIRE(loop_turn(loop) == 0);
        answer_all(in);
    }
    if (op.result == 0)
        look_at_records(req);
    lookups_abandon(loop, req);
    loop_drop(loop, &op);
}

// First a letter: what is asked for.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"MX", "TXT", "SRV", "SOA", "NAPTR", "CAA", "HTTPS", "PTR"};
    struct input in = {data, size};
    struct question q = {.host = "f.", .type = SOCK_STREAM};
    struct resolver *resolver;
    struct loop *loop;
    unsigned what = input_byte(&in);
    if (server < 0)
        open_server();
    if (what % 16 >= 8) {
        q.kind = QUESTION_RECORDS;
        q.record = types[what % 8];
    }
    FUZZ_REQUIRE(loop_new(&loop) == 0 && lookups_resolver(loop, &resolver) == 0);
    resolver_set_servers(resolver, &where, 1);
    look_up(loop, &q, &in);
    loop_free(loop);
    return 0;
}
