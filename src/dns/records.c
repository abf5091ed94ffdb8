// SPDX-License-Identifier: BSD-3-Clause
// What is in an answer of a name server.

#include "dns/records.h"

#include "base/bytes.h"
#include "dns/dns.h"
#include "sys/addr_list.h"

#include <ares.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ALIASES_MAX = 16 }; // in a row; two or three are usual

struct records {
    ares_dns_record_t *answer;
    size_t count;
    size_t at[]; // their places in the answer
};

int dns_type(const char *name)
{
    ares_dns_rec_type_t type;
    if (!ares_dns_rec_type_fromstr(&type, name))
        return -ENOENT;
    return type < ARES_REC_TYPE_RAW_RR ? (int)type : -ENOENT;
}

static const ares_dns_rr_t *record_at(const ares_dns_record_t *answer, size_t i)
{
    return ares_dns_record_rr_get_const(answer, ARES_SECTION_ANSWER, i);
}

static size_t record_count(const ares_dns_record_t *answer)
{
    return ares_dns_record_rr_cnt(answer, ARES_SECTION_ANSWER);
}

static bool is_of(const ares_dns_rr_t *rr, ares_dns_rec_type_t type, const char *owner)
{
    return ares_dns_rr_get_type(rr) == type && ares_dns_rr_get_class(rr) == ARES_CLASS_IN &&
           strcasecmp(ares_dns_rr_get_name(rr), owner) == 0;
}

static const char *alias_of(const ares_dns_record_t *answer, const char *name)
{
    for (size_t i = 0; i < record_count(answer); i++)
        if (is_of(record_at(answer, i), ARES_REC_TYPE_CNAME, name))
            return ares_dns_rr_get_str(record_at(answer, i), ARES_RR_CNAME_CNAME);
    return NULL;
}

// *OUT is the name whose records are wanted: the one that was asked for, or the name for which it
// is an alias. 0 or -ERROR_EAI_FAIL.
static int find_owner(const ares_dns_record_t *answer, int type, const char **out)
{
    const char *name = NULL, *next;
    if (ares_dns_record_query_get(answer, 0, &name, NULL, NULL) != ARES_SUCCESS)
        return -ERROR_EAI_FAIL;
    for (int i = 0; i < ALIASES_MAX; i++) {
        *out = name;
        next = type == ARES_REC_TYPE_CNAME ? NULL : alias_of(answer, name);
        if (!next)
            return 0;
        name = next;
    }
    return -ERROR_EAI_FAIL;
}

static void address_of(const ares_dns_rr_t *rr, struct addr *a)
{
    *a = (struct addr){0};
    if (ares_dns_rr_get_type(rr) == ARES_REC_TYPE_A) {
        a->len = sizeof a->u.in;
        a->u.in.sin_family = AF_INET;
        a->u.in.sin_addr = *ares_dns_rr_get_addr(rr, ARES_RR_A_ADDR);
        return;
    }
    a->len = sizeof a->u.in6;
    a->u.in6.sin6_family = AF_INET6;
    memcpy(&a->u.in6.sin6_addr, ares_dns_rr_get_addr6(rr, ARES_RR_AAAA_ADDR), 16);
}

int answer_addresses(const ares_dns_record_t *answer, int type, struct addr_list *out)
{
    const char *owner;
    int error = find_owner(answer, type, &owner);
    for (size_t i = 0; i < record_count(answer) && error == 0; i++) {
        const ares_dns_rr_t *rr = record_at(answer, i);
        struct addr a;
        if (!is_of(rr, (ares_dns_rec_type_t)type, owner))
            continue;
        address_of(rr, &a);
        error = addr_list_add(out, &a);
    }
    return error == -ENOMEM ? -ERROR_EAI_MEMORY : error;
}

// Letters, digits, "-", "_" and dots. Other bytes from a server must not reach a log or a shell.
static bool is_host_name(const char *name)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return name[0] != '\0' && name[0] != '-' && name[strspn(name, good)] == '\0';
}

int answer_names(const ares_dns_record_t *answer, struct bytes *out)
{
    const char *owner;
    int error = find_owner(answer, ARES_REC_TYPE_PTR, &owner);
    for (size_t i = 0; i < record_count(answer) && error == 0; i++) {
        const ares_dns_rr_t *rr = record_at(answer, i);
        if (!is_of(rr, ARES_REC_TYPE_PTR, owner))
            continue;
        const char *name = ares_dns_rr_get_str(rr, ARES_RR_PTR_DNAME);
        if (name && is_host_name(name))
            error = bytes_append(out, name, strlen(name) + 1);
    }
    return error == -ENOMEM ? -ERROR_EAI_MEMORY : error;
}

// ---- records

int answer_records(const ares_dns_record_t *answer, int type, struct records **made)
{
    const char *owner;
    int error = find_owner(answer, type, &owner);
    if (error < 0)
        return error;
    struct records *rs = calloc(1, sizeof *rs + record_count(answer) * sizeof rs->at[0]);
    if (!rs)
        return -ERROR_EAI_MEMORY;
    for (size_t i = 0; i < record_count(answer); i++)
        if (is_of(record_at(answer, i), (ares_dns_rec_type_t)type, owner))
            rs->at[rs->count++] = i;
    rs->answer = ares_dns_record_duplicate(answer);
    if (!rs->answer) {
        free(rs);
        return -ERROR_EAI_MEMORY;
    }
    *made = rs;
    return 0;
}

void records_free(struct records *rs)
{
    if (!rs)
        return;
    ares_dns_record_destroy(rs->answer);
    free(rs);
}

bool records_know(const char *name)
{
    return dns_type(name) >= 0;
}

size_t records_count(const struct records *rs)
{
    return rs ? rs->count : 0;
}

static const ares_dns_rr_t *rr_of(const struct records *rs, size_t i)
{
    return record_at(rs->answer, rs->at[i]);
}

struct record records_get(const struct records *rs, size_t i)
{
    const ares_dns_rr_t *rr = rr_of(rs, i);
    return (struct record){
        .owner = ares_dns_rr_get_name(rr),
        .type = ares_dns_rec_type_tostr(ares_dns_rr_get_type(rr)),
        .ttl = ares_dns_rr_get_ttl(rr),
    };
}

// The names of the parts of records in the RFCs, in lower case.
static const struct {
    ares_dns_rr_key_t key;
    const char *field;
} fields[] = {
    {ARES_RR_A_ADDR, "address"},
    {ARES_RR_AAAA_ADDR, "address"},
    {ARES_RR_NS_NSDNAME, "nsdname"},
    {ARES_RR_CNAME_CNAME, "cname"},
    {ARES_RR_SOA_MNAME, "mname"},
    {ARES_RR_SOA_RNAME, "rname"},
    {ARES_RR_SOA_SERIAL, "serial"},
    {ARES_RR_SOA_REFRESH, "refresh"},
    {ARES_RR_SOA_RETRY, "retry"},
    {ARES_RR_SOA_EXPIRE, "expire"},
    {ARES_RR_SOA_MINIMUM, "minimum"},
    {ARES_RR_PTR_DNAME, "ptrdname"},
    {ARES_RR_HINFO_CPU, "cpu"},
    {ARES_RR_HINFO_OS, "os"},
    {ARES_RR_MX_PREFERENCE, "preference"},
    {ARES_RR_MX_EXCHANGE, "exchange"},
    {ARES_RR_TXT_DATA, "strings"},
    {ARES_RR_SRV_PRIORITY, "priority"},
    {ARES_RR_SRV_WEIGHT, "weight"},
    {ARES_RR_SRV_PORT, "port"},
    {ARES_RR_SRV_TARGET, "target"},
    {ARES_RR_NAPTR_ORDER, "order"},
    {ARES_RR_NAPTR_FLAGS, "flags"},
    {ARES_RR_NAPTR_PREFERENCE, "preference"},
    {ARES_RR_NAPTR_REGEXP, "regexp"},
    {ARES_RR_NAPTR_SERVICES, "services"},
    {ARES_RR_TLSA_CERT_USAGE, "usage"},
    {ARES_RR_NAPTR_REPLACEMENT, "replacement"},
    {ARES_RR_TLSA_SELECTOR, "selector"},
    {ARES_RR_TLSA_MATCH, "matching"},
    {ARES_RR_TLSA_DATA, "data"},
    {ARES_RR_SVCB_PRIORITY, "priority"},
    {ARES_RR_SVCB_TARGET, "target"},
    {ARES_RR_SVCB_PARAMS, "params"},
    {ARES_RR_HTTPS_PRIORITY, "priority"},
    {ARES_RR_HTTPS_TARGET, "target"},
    {ARES_RR_HTTPS_PARAMS, "params"},
    {ARES_RR_URI_PRIORITY, "priority"},
    {ARES_RR_URI_WEIGHT, "weight"},
    {ARES_RR_URI_TARGET, "target"},
    {ARES_RR_CAA_CRITICAL, "flags"},
    {ARES_RR_CAA_TAG, "tag"},
    {ARES_RR_CAA_VALUE, "value"},
};

static const char *field_of(ares_dns_rr_key_t key)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (fields[i].key == key)
            return fields[i].field;
    return "data";
}

static void set_text(struct record_value *v, const void *text, size_t len)
{
    v->kind = RECORD_TEXT;
    v->text = text ? text : "";
    v->len = text ? len : 0;
}

static void set_address(struct record_value *v, const ares_dns_rr_t *rr)
{
    struct addr a;
    address_of(rr, &a);
    set_text(v, v->room, addr_host(&a, v->room));
}

static void set_value(struct record_value *v, const ares_dns_rr_t *rr, ares_dns_rr_key_t key)
{
    const char *text;
    size_t len = 0;
    v->kind = RECORD_NUMBER;
    switch (ares_dns_rr_key_datatype(key)) {
    case ARES_DATATYPE_INADDR:
    case ARES_DATATYPE_INADDR6:
        set_address(v, rr);
        break;
    case ARES_DATATYPE_U8:
        v->number = ares_dns_rr_get_u8(rr, key);
        break;
    case ARES_DATATYPE_U16:
        v->number = ares_dns_rr_get_u16(rr, key);
        break;
    case ARES_DATATYPE_U32:
        v->number = ares_dns_rr_get_u32(rr, key);
        break;
    case ARES_DATATYPE_NAME:
    case ARES_DATATYPE_STR:
        text = ares_dns_rr_get_str(rr, key);
        set_text(v, text, text ? strlen(text) : 0);
        break;
    case ARES_DATATYPE_BIN:
    case ARES_DATATYPE_BINP:
        text = (const char *)ares_dns_rr_get_bin(rr, key, &len);
        set_text(v, text, len);
        break;
    case ARES_DATATYPE_ABINP:
        v->kind = RECORD_STRINGS;
        v->number = (uint32_t)ares_dns_rr_get_abin_cnt(rr, key);
        break;
    case ARES_DATATYPE_OPT:
        v->kind = RECORD_PARAMS;
        v->number = (uint32_t)ares_dns_rr_get_opt_cnt(rr, key);
        break;
    }
}

// The key of value N, or 0.
static int key_of(const ares_dns_rr_t *rr, size_t n)
{
    size_t count;
    const ares_dns_rr_key_t *keys = ares_dns_rr_get_keys(ares_dns_rr_get_type(rr), &count);
    return keys && n < count ? (int)keys[n] : 0;
}

bool records_value(const struct records *rs, size_t i, size_t n, struct record_value *out)
{
    const ares_dns_rr_t *rr = rr_of(rs, i);
    int key = key_of(rr, n);
    if (key == 0)
        return false;
    *out = (struct record_value){.field = field_of((ares_dns_rr_key_t)key)};
    set_value(out, rr, (ares_dns_rr_key_t)key);
    return true;
}

const char *records_string(const struct records *rs, size_t i, size_t n, size_t k, size_t *len)
{
    const ares_dns_rr_t *rr = rr_of(rs, i);
    *len = 0;
    const unsigned char *text = ares_dns_rr_get_abin(rr, (ares_dns_rr_key_t)key_of(rr, n), k, len);
    return text ? (const char *)text : "";
}

static enum param_kind param_kind_of(ares_dns_opt_datatype_t type, size_t len)
{
    switch (type) {
    case ARES_OPT_DATATYPE_NONE:
        return PARAM_FLAG;
    case ARES_OPT_DATATYPE_STR_LIST:
        return PARAM_STRINGS;
    case ARES_OPT_DATATYPE_U16:
        return len == 2 ? PARAM_NUMBER : PARAM_TEXT;
    case ARES_OPT_DATATYPE_U16_LIST:
        return PARAM_KEYS;
    case ARES_OPT_DATATYPE_INADDR4_LIST:
        return PARAM_IPV4;
    case ARES_OPT_DATATYPE_INADDR6_LIST:
        return PARAM_IPV6;
    default:
        return PARAM_TEXT;
    }
}

struct record_param records_param(const struct records *rs, size_t i, size_t n, size_t k)
{
    const ares_dns_rr_t *rr = rr_of(rs, i);
    ares_dns_rr_key_t key = (ares_dns_rr_key_t)key_of(rr, n);
    const unsigned char *text = NULL;
    struct record_param p = {0};
    p.number = ares_dns_rr_get_opt(rr, key, k, &text, &p.len);
    p.name = record_param_name(p.number);
    p.kind = param_kind_of(ares_dns_opt_get_datatype(key, (unsigned short)p.number), p.len);
    p.text = text ? (const char *)text : "";
    p.len = text ? p.len : 0;
    return p;
}

const char *record_param_name(unsigned number)
{
    return number < 65535 ? ares_dns_opt_get_name(ARES_RR_HTTPS_PARAMS, (unsigned short)number)
                          : NULL;
}
