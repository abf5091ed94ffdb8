// SPDX-License-Identifier: BSD-3-Clause
// What is in an answer of a name server.

#ifndef SSS_DNS_RECORDS_H
#define SSS_DNS_RECORDS_H

// The records of an answer that belong to the question: of the type that was asked for, and of the
// name that was asked for or the one for which it is an alias. An answer may be wrong or made to do
// harm, so other records are left out. It refuses to ask.

#include "base/error.h"
#include "sys/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr_list;
struct ares_dns_record; // an answer as c-ares has read it
struct bytes;
struct records;

// What ANSWER has for the name that was asked for: its addresses (TYPE is A or AAAA), the names to
// which it points (PTR), each with a NUL, or all its records. 0, also when there are none, or
// -errno; -ERROR_EAI_FAIL for aliases that lead in a circle.
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
    RECORD_STRINGS, // an array of texts: see records_string()
    RECORD_PARAMS,  // service parameters (RFC 9460): see records_param()
};

// A part of a record.
struct record_value {
    const char *field; // "preference": the RFC's word
    enum record_kind kind;
    uint32_t number; // NUMBER: the value; STRINGS, PARAMS: how many
    const char *text;
    size_t len;
    char room[ADDR_TEXT_MAX]; // for a text that is not in the answer as such
};

enum param_kind {
    PARAM_FLAG,    // no value
    PARAM_NUMBER,  // 16 bits
    PARAM_STRINGS, // texts, each behind a byte with its length
    PARAM_KEYS,    // numbers of parameters, 16 bits each
    PARAM_IPV4,    // addresses, 4 bytes each
    PARAM_IPV6,    // 16 bytes each
    PARAM_TEXT,    // any bytes
};

// A service parameter.
struct record_param {
    const char *name; // "alpn"; NULL when it has no name
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

// Value number N of that record, from 0. False when there is none.
bool records_value(const struct records *rs, size_t i, size_t n, struct record_value *out);

// Text number K of a value of STRINGS, and parameter number K of a value of PARAMS, from 0.
const char *records_string(const struct records *rs, size_t i, size_t n, size_t k, size_t *len);
struct record_param records_param(const struct records *rs, size_t i, size_t n, size_t k);

// The name of a service parameter, or NULL.
const char *record_param_name(unsigned number);

#endif
