// SPDX-License-Identifier: BSD-3-Clause
// Prints "NAME VALUE" for every named value of the system-call arguments.
#include <cstdio>
#include <linux/description.hh>
#include <map>
#include <string>

using namespace osprey;
using namespace osprey::abi;

int main() {
    std::map<std::string, u64> all;
    for (u64 number = 0; number < call_limit; ++number)
        if (const call* c = describe(number))
            for (const argument& a : c->arguments)
                for (const value_name& n : a.names)
                    all.emplace(n.name, n.value);
    for (const auto& [name, value] : all)
        std::printf("%s %llu\n", name.c_str(), static_cast<unsigned long long>(value));
}
