// SPDX-License-Identifier: BSD-3-Clause
#include <base/text.hh>
#include <debian/alternatives.hh>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>

namespace osprey::cli::debian {

namespace {

using variables = std::map<std::string, std::string>;

bool is_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Joins continued lines and splits at newlines and semicolons outside of quotes.
std::vector<std::string> commands_of(const std::string& script) {
    std::vector<std::string> commands{""};
    char quote = '\0';
    for (size_t i = 0; i < script.size(); ++i) {
        const char c = script[i];
        if (c == '\\' && i + 1 < script.size() && quote != '\'') {
            if (script[i + 1] == '\n') {
                commands.back() += ' ';
            } else {
                commands.back() += c;
                commands.back() += script[i + 1];
            }
            ++i;
        } else if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
            commands.back() += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            commands.back() += c;
        } else if (c == '#' && (commands.back().empty() || commands.back().back() == ' ')) {
            while (i + 1 < script.size() && script[i + 1] != '\n') {
                ++i;
            }
        } else if (c == '\n' || c == ';' || c == '&' || c == '|') {
            commands.emplace_back();
        } else {
            commands.back() += c;
        }
    }
    return commands;
}

/// Reads one `$name` or `${name}` at `at` (which it moves); nothing if it is anything else.
std::optional<std::string> read_variable(const std::string& text, size_t& at,
                                         const variables& known) {
    const bool braces = at + 1 < text.size() && text[at + 1] == '{';
    size_t end = at + (braces ? 2 : 1);
    const size_t begin = end;
    while (end < text.size() && is_name(text[end])) {
        ++end;
    }
    const auto found = known.find(text.substr(begin, end - begin));
    if (found == known.end() || (braces && (end >= text.size() || text[end] != '}'))) {
        return std::nullopt;
    }
    at = end - (braces ? 0 : 1);
    return found->second;
}

/// The words of a simple command; a word that cannot be known is empty.
std::vector<std::string> words_of(const std::string& command, const variables& known) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    bool is_known = true;
    char quote = '\0';
    const auto finish = [&] {
        if (in_word) {
            words.push_back(is_known ? word : "");
        }
        word.clear();
        in_word = false;
        is_known = true;
    };
    for (size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        if (quote == '\0' && (c == ' ' || c == '\t')) {
            finish();
            continue;
        }
        in_word = true;
        if (quote != '\0' && c == quote) {
            quote = '\0';
        } else if (quote == '\0' && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
            word += command[++i];
        } else if (c == '$' && quote != '\'') {
            const auto value = read_variable(command, i, known);
            is_known = is_known && value.has_value();
            word += value.value_or("");
        } else if (c == '`' && quote != '\'') {
            is_known = false;
        } else {
            word += c;
        }
    }
    finish();
    return words;
}

void add_call(const std::vector<std::string>& words, std::vector<alternative>& found) {
    int priority = 0;
    for (size_t i = 0; i < words.size();) {
        const bool main = words[i] == "--install" && i + 4 < words.size();
        const bool slave = words[i] == "--slave" && i + 3 < words.size();
        if (!main && !slave) {
            ++i;
            continue;
        }
        if (main) {
            const std::string& number = words[i + 4];
            std::from_chars(number.data(), number.data() + number.size(), priority);
        }
        const alternative link{words[i + 1], words[i + 2], words[i + 3], priority};
        if (link.link.starts_with('/') && link.path.starts_with('/') && !link.name.empty()) {
            found.push_back(link);
        }
        i += main ? 5 : 4;
    }
}

/// Goes through the commands in order, knowing only constants.
class reader {
public:
    explicit reader(std::vector<std::string> commands) : commands_{std::move(commands)} {}

    std::vector<alternative> read() {
        read_range(0, commands_.size());
        return std::move(found_);
    }

private:
    void read_range(size_t begin, size_t end) {
        for (size_t i = begin; i < end; ++i) {
            std::vector<std::string> words = words_of(commands_[i], known_);
            while (!words.empty() &&
                   (words[0] == "do" || words[0] == "then" || words[0] == "else")) {
                words.erase(words.begin());
            }
            if (words.size() >= 3 && words[0] == "for" && words[2] == "in") {
                const size_t done = end_of_loop(i + 1, end);
                read_loop(words, i + 1, done);
                i = done;
            } else {
                read_command(words);
            }
        }
    }

    /// The body once for each constant word that the loop runs over.
    void read_loop(const std::vector<std::string>& head, size_t begin, size_t end) {
        for (size_t i = 3; i < head.size(); ++i) {
            // A variable in the list may hold several words.
            for (const std::string& value : split_blanks(head[i])) {
                known_[head[1]] = value;
                read_range(begin, end);
            }
        }
        known_.erase(head[1]);
    }

    size_t end_of_loop(size_t at, size_t end) const {
        for (int depth = 1; at < end; ++at) {
            const std::vector<std::string> words = split_blanks(commands_[at]);
            const std::string first = words.empty() ? "" : words[0];
            depth += first == "for" || first == "while" || first == "until" ? 1 : 0;
            depth -= first == "done" ? 1 : 0;
            if (depth == 0) {
                return at;
            }
        }
        return end;
    }

    void read_command(const std::vector<std::string>& words) {
        for (const std::string& word : words) {
            if (word == "update-alternatives" || word.ends_with("/update-alternatives")) {
                add_call(words, found_);
                return;
            }
        }
        // NAME=VALUE alone: a constant for what follows.
        const size_t equals = words.size() == 1 ? words[0].find('=') : std::string::npos;
        if (equals == std::string::npos || equals == 0) {
            return;
        }
        const std::string name = words[0].substr(0, equals);
        if (std::ranges::all_of(name, is_name)) {
            known_[name] = words[0].substr(equals + 1);
        }
    }

    std::vector<std::string> commands_;
    variables known_;
    std::vector<alternative> found_;
};

}  // namespace

std::vector<alternative> find_alternatives(const std::string& script) {
    return reader{commands_of(script)}.read();
}

}  // namespace osprey::cli::debian
