// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds no program and is never loaded: pins the types that user space reads, or must know the size
 * of, into BTF. The decoders are generated from it.
 */
#include "flow/flows.h"

struct usage_row *wire_usage_row;
struct path_row *wire_path_row;
struct cpu_row *wire_cpu_row;
struct flow_row *wire_flow_row;
struct connection_row *wire_connection_row;
struct answer_row *wire_answer_row;
struct footprint_row *wire_footprint_row;
struct clue_row *wire_clue_row;

enum protocol *wire_protocol;
enum reserved_slot *wire_reserved_slot;
enum program *wire_program;
enum loss *wire_loss;
enum clue_kind *wire_clue_kind;
enum dialect *wire_dialect;
enum exec_reason *wire_exec_reason;

struct control *wire_control;
struct usage *wire_usage;
struct usage_cell *wire_usage_cell;
struct cpu_state *wire_cpu_state;
struct flow *wire_flow;
struct flow_cell *wire_flow_cell;
struct connection *wire_connection;
