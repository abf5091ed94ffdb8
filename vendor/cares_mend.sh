#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Mends faults of c-ares, unpacked in FOLDER: cares_mend.sh FOLDER
#
# A mend that does not fit, in a later version, is left out with a word: the tests tell what it is
# needed for (tests/script/names.lua).
set -eu
src=$1/src/lib

fits() {
    grep -qF "$2" "$src/$1" || echo "cares_mend: $1 is not as expected: $3 is not mended" >&2
}

# An attempt has the time that resolv.conf(5) gives it, and not five times the average of the answers
# so far: a server that has been quick may need its seconds for the next name.
sed -i 's/^#define MIN_TIMEOUT_MS 250$/#define MIN_TIMEOUT_MS (channel->timeout)/' \
    "$src/ares_metrics.c"
fits ares_metrics.c '#define MIN_TIMEOUT_MS (channel->timeout)' 'the time of an attempt'

# An answer that cannot be read ended the connection, and so was a failure of all queries that were
# under way on it: one family's garbage was the other's loss. It is the answer to the query that has
# its number, if any.
sed -i '/^static ares_status_t process_answer(.*abuf\|^static ares_status_t process_answer(ares_channel_t/,/^}/ {
    /Malformations are never accepted/,/goto cleanup;/c\
    query = alen < 2 ? NULL : ares_htable_szvp_get_direct(channel->queries_by_qid, (size_t)(abuf[0] << 8 | abuf[1]));\
    if (query != NULL \&\& query->conn == conn) {\
      status = ares_requeue_query(query, now, ARES_EBADRESP, ARES_TRUE, NULL, requeue);\
    }\
    return status == ARES_ENOMEM ? ARES_ENOMEM : ARES_SUCCESS;
}' "$src/ares_process.c"
fits ares_process.c 'query, now, ARES_EBADRESP, ARES_TRUE' 'the end of a connection by one bad answer'

# A query was tried again with the server that had failed least of late, which may be the one that
# has just failed it, and so never with the one that would have answered. Now the servers take turns,
# from the one that was asked first.
sed -i 's/^  size_t  *try_count;.*/&\n  size_t        first_idx; \/* The server that was asked first. *\//' "$src/ares_private.h"
sed -i '/^static ares_status_t ares_send_query_int(ares_server_t *\*requested_server,$/,/^}/ {
    /^  if (server == NULL) {/i\
  if (requested_server == NULL \&\& server != NULL \&\& query->try_count == 0) {\
    query->first_idx = server->idx;\
  } else if (requested_server == NULL \&\& server != NULL) {\
    ares_slist_node_t *node = ares_slist_node_first(channel->servers);\
    size_t             next = (query->first_idx + query->try_count) % ares_slist_len(channel->servers);\
    for (; node != NULL; node = ares_slist_node_next(node)) {\
      ares_server_t *other = ares_slist_node_val(node);\
      server               = other->idx == next ? other : server;\
    }\
  }
}' "$src/ares_process.c"
fits ares_process.c 'query->first_idx = server->idx;' 'the choice of the next server'
