// SPDX-License-Identifier: BSD-3-Clause
// What start-up is measured against: the smallest static program that does what hello.lua does.

#include <stdio.h>

int main(void)
{
    return puts("hello") < 0;
}
