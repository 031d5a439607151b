// SPDX-License-Identifier: BSD-3-Clause
#include <base/command_list.hh>
#include <base/error.hh>

namespace osprey::rest {

namespace {

using lookup = std::function<std::optional<std::string>(const std::string&)>;

class parser {
public:
    parser(std::string_view text, const lookup& variable) : rest_{text}, variable_{variable} {}

    std::vector<std::vector<std::string>> parse() {
        while (!rest_.empty()) {
            step(take());
        }
        if (quote_ != '\0') {
            throw api_error{400, "A quote is not closed"};
        }
        end_word();
        if (!words_.empty() || commands_.empty()) {
            end_command();
        }
        return std::move(commands_);
    }

private:
    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    void step(char c) {
        if (c == '\\' && quote_ != '\'' && !rest_.empty()) {
            add(take());
        } else if (c == '$' && quote_ != '\'') {
            expand();
        } else if (quote_ != '\0') {
            if (c == quote_) {
                quote_ = '\0';
            } else {
                add(c);
            }
        } else if (c == '\'' || c == '"') {
            quote_ = c;
            in_word_ = true;
        } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            end_word();
        } else if (c == '&') {
            end_word();
            end_command();
        } else if (c == ';') {
            throw api_error{400, "The use of ; is not allowed, use & for multiple commands"};
        } else {
            add(c);
        }
    }

    void add(char c) {
        word_ += c;
        in_word_ = true;
    }

    void expand() {
        const bool has_brace = rest_.starts_with('{');
        std::string_view name = rest_.substr(has_brace ? 1 : 0);
        size_t size = 0;
        while (size < name.size() &&
               (name[size] == '_' || std::isalnum(static_cast<unsigned char>(name[size])))) {
            ++size;
        }
        name = name.substr(0, size);
        if (has_brace && (size == 0 || rest_.substr(1 + size, 1) != "}")) {
            throw api_error{400, "A ${ has no name or no }"};
        }
        if (size == 0) {
            add('$');
            return;
        }
        rest_.remove_prefix(size + (has_brace ? 2 : 0));
        word_ += variable_(std::string{name}).value_or("");
        in_word_ = in_word_ || !word_.empty();
    }

    void end_word() {
        if (in_word_) {
            words_.push_back(std::move(word_));
        }
        word_.clear();
        in_word_ = false;
    }

    void end_command() {
        if (words_.empty()) {
            throw api_error{400, "There is no command"};
        }
        commands_.push_back(std::move(words_));
        words_.clear();
    }

    std::string_view rest_;
    const lookup& variable_;
    char quote_ = '\0';
    bool in_word_ = false;
    std::string word_;
    std::vector<std::string> words_;
    std::vector<std::vector<std::string>> commands_;
};

}  // namespace

std::vector<std::vector<std::string>> parse_commands(std::string_view text,
                                                     const lookup& variable) {
    return parser{text, variable}.parse();
}

}  // namespace osprey::rest
