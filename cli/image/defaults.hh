// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <image/tree.hh>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace osprey::cli::image {

/// What the image is for: becomes /etc/osprey/image.json and /etc/osprey/cmdline.
struct identity_card {
    std::string name;                    ///< short, for people
    std::string program;                 ///< absolute path in the guest
    std::vector<std::string> arguments;  ///< without the program itself
    std::vector<std::string> options;    ///< kernel options (--env=…, --cwd=…)
    std::string checked_by;              ///< algorithm of the hash tree, or "none"
    nlohmann::json source;               ///< what the content came from
};

/// Adds what every program may expect and the sources lack: /etc/passwd, group, hosts,
/// nsswitch.conf, resolv.conf, hostname, localtime; empty /proc /sys /dev /tmp /run /root.
void add_minimum(tree& content);

/// Adds the agent that lets the tool look into the running guest (docs/agent.md): OSPREY_AGENT, or
/// guest/agent beside the tool, or where `cmake --install` puts it. Throws `failure` if it is
/// missing.
void add_agent(tree& content);

/// Adds /etc/osprey.
void add_identity(tree& content, const identity_card& card);

/// The command line that the kernel reads when it was given no program.
[[nodiscard]] std::string command_line_of(const identity_card& card);

}  // namespace osprey::cli::image
