// SPDX-License-Identifier: BSD-3-Clause
#include <boot/command_line.hh>

namespace osprey::boot {
namespace {

enum class token : u8 { word, next, beside, end };

/// Splits the text into words and operators (POSIX shell, "Token Recognition", without expansions).
class tokenizer {
public:
    explicit tokenizer(std::string_view text) noexcept : text_{text} {}

    /// The next token; a word's text is put into `word`.
    result<token> next(string& word) noexcept {
        while (at_ < text_.size() && is_blank(text_[at_]))
            ++at_;
        if (at_ == text_.size() || text_[at_] == '\0')
            return token::end;
        if (const char c = text_[at_]; c == ';' || c == '&' || c == '\n') {
            ++at_;
            return c == '&' ? token::beside : token::next;
        }
        word.clear();
        while (at_ < text_.size() && !ends_word(text_[at_]))
            TRY_VOID(take(word));
        return token::word;
    }

private:
    static bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }
    static bool ends_word(char c) noexcept {
        return is_blank(c) || c == '\n' || c == ';' || c == '&' || c == '\0';
    }

    /// One character, or one quoted stretch.
    result<void> take(string& word) noexcept {
        const char c = text_[at_++];
        if (c == '\\') {
            if (at_ == text_.size())
                return errc::invalid_argument;
            return word.push_back(text_[at_++]);
        }
        if (c != '\'' && c != '"')
            return word.push_back(c);
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == c) {
                ++at_;
                return ok;
            }
            if (c == '"' && text_[at_] == '\\' && at_ + 1 < text_.size() &&
                (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\' || text_[at_ + 1] == '$' ||
                 text_[at_ + 1] == '`'))
                ++at_;
            TRY_VOID(word.push_back(text_[at_]));
        }
        return errc::invalid_argument;  // the quote was not closed
    }

    std::string_view text_;
    usize at_ = 0;
};

result<void> add_option(command_line& out, std::string_view word) noexcept {
    word.remove_prefix(2);
    const usize equals = word.find('=');
    command_line::option option;
    option.name = TRY(string::copy_of(word.substr(0, equals)));
    if (equals != word.npos)
        option.value = TRY(string::copy_of(word.substr(equals + 1)));
    return out.options.push_back(std::move(option));
}

}  // namespace

bool command_line::has(std::string_view name) const noexcept {
    for (const option& o : options)
        if (o.name == name)
            return true;
    return false;
}

std::string_view command_line::value(std::string_view name) const noexcept {
    std::string_view found;
    for (const option& o : options)
        if (o.name == name)
            found = o.value.view();
    return found;
}

result<command_line> parse_command_line(std::string_view text) noexcept {
    command_line out;
    tokenizer tokens{text};
    command_line::program current;
    for (;;) {
        string word;
        const token t = TRY(tokens.next(word));
        if (t == token::word) {
            const bool in_options = out.programs.empty() && current.words.empty();
            if (in_options && word.view().starts_with("--") && word.size() > 2)
                TRY_VOID(add_option(out, word.view()));
            else
                TRY_VOID(current.words.push_back(std::move(word)));
            continue;
        }
        if (!current.words.empty()) {
            current.background = t == token::beside;
            TRY_VOID(out.programs.push_back(std::move(current)));
            current = {};
        } else if (t == token::beside) {
            return errc::invalid_argument;
        }
        if (t == token::end)
            return out;
    }
}

}  // namespace osprey::boot
