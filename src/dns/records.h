// SPDX-License-Identifier: BSD-3-Clause
// What is in an answer of a name server.

#ifndef SSS_DNS_RECORDS_H
#define SSS_DNS_RECORDS_H

// Walks over the records of an answer: those of the type that was asked for, of the name that was
// asked for or of what it is an alias of. All that a server says may be wrong or meant to do harm;
// what does not belong to the question is left out. It refuses to ask.

#include "base/error.h"
#include "sys/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr_list;
struct ares_dns_record; // an answer as c-ares has read it
struct bytes;
struct records;

// What ANSWER says about the name that it was asked for: its addresses (TYPE: A or AAAA), the names
// that it points to (PTR), each with its NUL, all its records. 0, also when there are none, or
// -errno; -ERROR_EAI_FAIL for aliases in a circle.
int answer_addresses(const struct ares_dns_record *answer, int type,
                     struct addr_list *out) MUST_CHECK;
int answer_names(const struct ares_dns_record *answer, struct bytes *out) MUST_CHECK;
int answer_records(const struct ares_dns_record *answer, int type,
                   struct records **made) MUST_CHECK;

struct record {
    const char *owner; // the name, as text (RFC 1035, section 5.1)
    const char *type;  // "MX"
    uint32_t ttl;      // seconds
};

enum record_kind {
    RECORD_NUMBER,  // number
    RECORD_TEXT,    // text: any bytes
    RECORD_STRINGS, // an array of texts: ask with record_item()
    RECORD_PARAMS,  // the same, of SvcParams (RFC 9460)
};

// A part of a record.
struct record_value {
    const char *field; // "preference": the RFC's word
    enum record_kind kind;
    uint32_t number; // NUMBER: the value; STRINGS, PARAMS: how many
    const char *text;
    size_t len;
    char room[ADDR_TEXT_MAX]; // for a text that is made
};

enum param_kind {
    PARAM_FLAG,    // it is there
    PARAM_NUMBER,  // 16 bits
    PARAM_STRINGS, // texts, each with a byte of its length before
    PARAM_KEYS,    // numbers of parameters, 16 bits each
    PARAM_IPV4,    // addresses, 4 bytes each
    PARAM_IPV6,    // 16 bytes each
    PARAM_TEXT,    // any bytes
};

// A service parameter.
struct record_param {
    const char *name; // "alpn"; NULL: it has a number only
    unsigned number;
    enum param_kind kind;
    const char *text; // its value, as in the packet
    size_t len;
};

// Is there a type of this NAME ("MX", in any case)?
bool records_know(const char *name);

size_t records_count(const struct records *rs);
void records_free(struct records *rs);

// The record number I, from 0.
struct record records_get(const struct records *rs, size_t i);

// Its value number N: false when it has no more.
bool records_value(const struct records *rs, size_t i, size_t n, struct record_value *out);

// The text number K of a value of STRINGS, and the parameter number K of PARAMS.
const char *records_string(const struct records *rs, size_t i, size_t n, size_t k, size_t *len);
struct record_param records_param(const struct records *rs, size_t i, size_t n, size_t k);

// The name of a service parameter, or NULL.
const char *record_param_name(unsigned number);

#endif
