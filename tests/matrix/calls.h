// SPDX-License-Identifier: BSD-3-Clause
// The system calls as data, for programs that go through all of them: what each argument is, a
// value with which the call gets far, and one line of result that is the same on every Linux.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
    DESCRIPTOR,
    DIRECTORY,
    PATH,
    TEXT,
    PROCESS,
    SIGNAL,
    MODE,
    ADDRESS,  // of which only `pointer_like` says whether memory is behind it
    NUMBER,
    SIZE,
    FLAGS,
    CHOICE,
    IN,
    OUT,
    INOUT,
    BYTES_IN,
    BYTES_OUT,
    VECTOR_IN,
    VECTOR_OUT,
    NAME_IN,
    NAME_OUT,
    MESSAGE_IN,
    MESSAGE_OUT,
};

enum result { RESULT_NONE, RESULT_NUMBER, RESULT_BYTES, RESULT_FD, RESULT_PID, RESULT_ADDRESS };

struct argument {
    enum kind kind;
    const char* name;
    size_t size;  // of what it points to, when that is one object
    int length;   // which argument holds the length
    bool null;    // may be null
};

struct call {
    long number;
    const char* name;
    enum result result;
    int count;
    struct argument arguments[6];
};

extern const struct call calls[];
extern const int call_count;

/// Goes to a fresh folder and makes what the calls work on.
void prepare(void);
/// Calls that end, stop or change the program or the machine, so that nothing could follow them.
bool left_out(const struct call* c);
/// Fills in values with which the call gets far. Files and descriptors are fresh.
void usual_arguments(const struct call* c, long* values);
/// Makes the call and prints "name(what): outcome". A call that waits is interrupted and said to.
void show_call(const struct call* c, const long* values, const char* what);
/// The same with usual values but for one argument: "name(kind argument): outcome".
void show_with(const struct call* c, int argument, const char* kind, long value);
/// Whether memory is behind this argument, and whether it is written to.
bool is_pointer(const struct call* c, int argument);
bool is_written(const struct call* c, int argument);
/// Size of what is behind it.
size_t size_behind(const struct call* c, int argument, const long* values);

/// Which part of the table a program goes through: calls whose number is in [FIRST, LAST].
#define FOR_EACH_CALL(c)                                            \
    for (const struct call* c = calls; c < calls + call_count; ++c) \
        if (c->number >= FIRST && c->number <= LAST && !left_out(c))

/// Descriptors to try: what they are, by name.
enum { descriptor_kinds = 12 };
const char* descriptor_kind(int which);
/// One of that kind, closed by `usual_arguments` of the next call.
int descriptor_of_kind(int which);
