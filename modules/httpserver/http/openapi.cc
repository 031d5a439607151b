// SPDX-License-Identifier: BSD-3-Clause
#include <base/identity.hh>
#include <http/openapi.hh>

#include <algorithm>

namespace osprey::rest {

namespace {

/// "/file/{path...}" as descriptions write it.
std::string plain_path(const route& r) {
    std::string path = r.path;
    if (const size_t dots = path.find("...}"); dots != std::string::npos) {
        path.erase(dots, 3);
    }
    return path;
}

bool is_simple(const std::string& type) {
    return type == "string" || type == "integer" || type == "number" || type == "boolean" ||
           type == "object";
}

json type_schema(const std::string& type) {
    if (type.starts_with('[')) {
        return {{"type", "array"}, {"items", type_schema(type.substr(1, type.size() - 2))}};
    }
    if (type == "integer") {
        return {{"type", type}, {"format", "int64"}};
    }
    return is_simple(type) ? json{{"type", type}} : json{{"$ref", "#/components/schemas/" + type}};
}

json lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return json(std::move(text));
}

json describe_response(const route& r) {
    json response{{"description", "Success"}};
    if (r.returns == "binary") {
        response["content"]["application/octet-stream"]["schema"] = {{"type", "string"},
                                                                     {"format", "binary"}};
    } else if (r.returns == "text") {
        response["content"]["text/plain"]["schema"] = {{"type", "string"}};
    } else if (r.returns != "empty") {
        response["content"]["application/json"]["schema"] =
            type_schema(r.returns == "void" ? "string" : r.returns);
    }
    return response;
}

json describe_operation(const api& group, const route& r) {
    json operation{{"operationId", r.name}, {"summary", r.summary}, {"tags", {group.name}}};
    json parameters = json::array();
    for (const parameter& p : r.parameters) {
        if (p.in == parameter::kind::file) {
            operation["requestBody"]["content"]["multipart/form-data"]["schema"] = {
                {"type", "object"},
                {"properties", {{p.name, {{"type", "string"}, {"format", "binary"}}}}}};
            continue;
        }
        parameters.push_back({{"name", p.name},
                              {"in", p.in == parameter::kind::path ? "path" : "query"},
                              {"required", p.required},
                              {"description", p.description},
                              {"schema", type_schema(p.type)}});
    }
    operation["parameters"] = std::move(parameters);
    operation["responses"] = {
        {"200", describe_response(r)},
        {"default",
         {{"description", "Error"},
          {"content",
           {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}}}};
    return operation;
}

json describe_schema(const schema& s) {
    json properties = json::object();
    for (const member& m : s.members) {
        properties[m.name] = type_schema(m.type);
        if (!m.description.empty() && !properties[m.name].contains("$ref")) {
            properties[m.name]["description"] = m.description;
        }
    }
    return {{"type", "object"}, {"properties", std::move(properties)}};
}

/// Swagger 1.2's names for types.
void put_old_type(json& into, const std::string& type) {
    if (type.starts_with('[')) {
        const std::string item = type.substr(1, type.size() - 2);
        into["type"] = "array";
        into["items"] = is_simple(item) ? json{{"type", item}} : json{{"$ref", item}};
    } else if (type == "integer") {
        into["type"] = "long";
    } else if (type == "text" || type == "binary") {
        into["type"] = "string";
    } else {
        into["type"] = type == "empty" ? "void" : type;
    }
}

json old_operation(const route& r) {
    json operation{{"method", r.method}, {"summary", r.summary}, {"nickname", r.name}};
    put_old_type(operation, r.returns);
    operation["produces"] = {"application/json"};
    json parameters = json::array();
    for (const parameter& p : r.parameters) {
        const char* const kind = p.in == parameter::kind::path   ? "path"
                                 : p.in == parameter::kind::file ? "form"
                                                                 : "query";
        json one{{"name", p.name},
                 {"description", p.description},
                 {"required", p.required},
                 {"allowMultiple", false}};
        put_old_type(one, p.in == parameter::kind::file ? "File" : p.type);
        one["paramType"] = kind;
        parameters.push_back(std::move(one));
    }
    operation["parameters"] = std::move(parameters);
    return operation;
}

}  // namespace

json describe_openapi(const route_table& routes) {
    json paths = json::object();
    json tags = json::array();
    json schemas{
        {"Error",
         {{"type", "object"},
          {"properties", {{"message", {{"type", "string"}}}, {"code", {{"type", "integer"}}}}}}}};
    for (const api& group : routes.apis()) {
        tags.push_back({{"name", group.name}, {"description", group.description}});
        for (const route& r : group.routes) {
            paths[plain_path(r)][lower(r.method).get<std::string>()] = describe_operation(group, r);
        }
        for (const schema& s : group.schemas) {
            schemas[s.name] = describe_schema(s);
        }
    }
    return {{"openapi", "3.0.3"},
            {"info",
             {{"title", "Osprey REST API"},
              {"version", identify_system().version},
              {"license", {{"name", "BSD-3-Clause"}}}}},
            {"servers", {{{"url", "/"}}}},
            {"tags", std::move(tags)},
            {"paths", std::move(paths)},
            {"components",
             {{"schemas", std::move(schemas)},
              {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
            {"security", json::array({json::object(), json{{"token", json::array()}}})}};
}

json describe_listing(const route_table& routes) {
    json apis = json::array();
    for (const api& group : routes.apis()) {
        apis.push_back({{"path", "/" + group.name}, {"description", group.description}});
    }
    return {{"apiVersion", "0.0.1"}, {"swaggerVersion", "1.2"}, {"apis", std::move(apis)}};
}

json describe_group(const route_table& routes, const std::string& name, const std::string& base) {
    const auto group = std::ranges::find(routes.apis(), name, &api::name);
    if (group == routes.apis().end()) {
        return nullptr;
    }
    json paths = json::object();
    for (const route& r : group->routes) {
        paths[plain_path(r)].push_back(old_operation(r));
    }
    json apis = json::array();
    for (auto& [path, operations] : paths.items()) {
        apis.push_back({{"path", path}, {"operations", std::move(operations)}});
    }
    json models = json::object();
    for (const schema& s : group->schemas) {
        json properties = json::object();
        for (const member& m : s.members) {
            put_old_type(properties[m.name], m.type);
            properties[m.name]["description"] = m.description;
        }
        models[s.name] = {{"id", s.name}, {"properties", std::move(properties)}};
    }
    return {
        {"apiVersion", "0.0.1"},      {"swaggerVersion", "1.2"},          {"basePath", base},
        {"resourcePath", "/" + name}, {"produces", {"application/json"}}, {"apis", std::move(apis)},
        {"models", std::move(models)}};
}

}  // namespace osprey::rest
