// SPDX-License-Identifier: BSD-3-Clause
#include <base/text.hh>
#include <debian/alternatives.hh>

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

}  // namespace

std::vector<alternative> find_alternatives(const std::string& script) {
    std::vector<alternative> found;
    variables known;
    for (const std::string& command : commands_of(script)) {
        const std::vector<std::string> words = words_of(command, known);
        for (size_t i = 0; i < words.size(); ++i) {
            if (words[i] == "update-alternatives" || words[i].ends_with("/update-alternatives")) {
                add_call(words, found);
                break;
            }
        }
        // NAME=VALUE alone: a constant for what follows.
        const std::string_view first = words.empty() ? "" : std::string_view{words[0]};
        const size_t equals = first.find('=');
        if (words.size() == 1 && equals != std::string_view::npos && equals > 0) {
            bool plain = true;
            for (const char c : first.substr(0, equals)) {
                plain = plain && is_name(c);
            }
            if (plain) {
                known[std::string{first.substr(0, equals)}] = first.substr(equals + 1);
            }
        }
    }
    return found;
}

}  // namespace osprey::cli::debian
