// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>
template <typename T>
T sum(const std::vector<T>& v) {
    T s{};
    for (const auto& x : v)
        s += x;
    return s;
}
int main() {
    std::map<std::string, std::vector<int>> m;
    for (int i = 0; i < 1000; i++)
        m["k" + std::to_string(i % 17)].push_back(i);
    std::cout << m.size() << ' ' << sum(m["k3"]) << '\n';
}
