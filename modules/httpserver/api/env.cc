// SPDX-License-Identifier: BSD-3-Clause
#include <base/environment.hh>
#include <base/error.hh>
#include <http/routes.hh>

namespace osprey::rest {

namespace {

reply list_variables(call&) {
    return json(environment::all());
}

reply get_variable(call& c) {
    const std::string name = c.text("var");
    const auto value = environment::get(name);
    if (!value) {
        throw api_error{400, "The environment has no variable " + name};
    }
    return json(*value);
}

[[noreturn]] void refuse_name(const std::string& name) {
    throw api_error{400, "'" + name + "' cannot name a variable"};
}

reply set_variable(call& c) {
    const std::string value = c.text("val");
    if (value.find('\0') != std::string::npos) {
        throw api_error{400, "A value cannot have a zero byte"};
    }
    if (!environment::set(c.text("var"), value)) {
        refuse_name(c.text("var"));
    }
    return nothing();
}

reply remove_variable(call& c) {
    if (!environment::unset(c.text("var"))) {
        refuse_name(c.text("var"));
    }
    return nothing();
}

}  // namespace

api env_api() {
    const parameter name{"var", "Name of the variable", true, "string", parameter::kind::path};
    return {
        "env",
        "Environment variables API",
        {
            {"GET", "/env", "listEnv", "The environment that started programs inherit", "[string]",
             list_variables},
            {"GET", "/env/{var}", "getEnv", "Value of a variable", "string", get_variable, {name}},
            {"POST",
             "/env/{var}",
             "setEnv",
             "Set a variable",
             "void",
             set_variable,
             {name, {"val", "Its value", true}}},
            {"DELETE",
             "/env/{var}",
             "unsetEnv",
             "Remove a variable",
             "void",
             remove_variable,
             {name}},
        },
    };
}

}  // namespace osprey::rest
