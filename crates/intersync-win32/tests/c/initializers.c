/* What static initializers make, in C and in C++: structures that are all zero, which the functions take for new ones. */
#include <intersync/windows.h>
#include <stdio.h>

static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE condition = CONDITION_VARIABLE_INIT;
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static RTL_SRWLOCK native_lock = RTL_SRWLOCK_INIT;
static RTL_CONDITION_VARIABLE native_condition = RTL_CONDITION_VARIABLE_INIT;
static RTL_RUN_ONCE native_once = RTL_RUN_ONCE_INIT;
static SLIST_HEADER list;

static int wrong;

static void check(const char *name, const void *structure, size_t size) {
    const unsigned char *byte = (const unsigned char *)structure;
    while (size && *byte == 0) byte++, size--;
    if (!size) return;
    fprintf(stderr, "%s is not all zero\n", name);
    wrong = 1;
}
#define CHECK(structure) check(#structure, &structure, sizeof structure)

int main(void) {
    CHECK(lock);
    CHECK(condition);
    CHECK(once);
    CHECK(native_lock);
    CHECK(native_condition);
    CHECK(native_once);
    CHECK(list);
    if ((ULONG_PTR)&list % 16 != 0) fprintf(stderr, "a list is not aligned\n"), wrong = 1;
    return wrong;
}
