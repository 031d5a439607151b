// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <base/error.hh>
#include <base/fd.hh>
#include <base/file_status.hh>
#include <base/file_work.hh>
#include <base/upload.hh>
#include <http/routes.hh>
#include <http/settings.hh>
#include <http/web.hh>

#include <cerrno>

namespace osprey::rest {

namespace {

/// `op` is compared without regard to case, as WebHDFS does.
std::string operation(const call& c) {
    std::string op = c.text("op");
    for (char& letter : op) {
        letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    }
    return op;
}

[[noreturn]] void refuse_operation(const call& c) {
    throw api_error{400, "Invalid operation '" + c.text("op") + "' for " + c.request.method};
}

reply get_file(call& c) {
    const std::string path = c.text("path");
    const std::string op = operation(c);
    if (op == "GET") {
        answer_file(c.request, c.response, path, c.number("offset").value_or(0),
                    c.number("length").value_or(UINT64_MAX));
        return answered;
    }
    if (op == "GETFILESTATUS") {
        auto status = file_status(path, links::follow, c.site);
        if (!status) {
            throw system_error("Cannot read " + path, errno);
        }
        return status;
    }
    if (op == "LISTSTATUS") {
        return list_files(path, c.site);
    }
    refuse_operation(c);
}

std::string parent_of(const std::string& path) {
    const size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

void write_content(const call& c, const std::string& path) {
    if (c.flag("createParent")) {
        make_folders(parent_of(path), 0777);
    }
    const bool overwrite = c.flag("overwrite");
    const auto mode = parse_permission(c.text("permission"));
    const unique_fd file{::open(
        path.c_str(),
        O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (overwrite ? O_TRUNC : O_APPEND),
        mode.value_or(0664))};
    if (!file) {
        throw system_error("Cannot write " + path, errno);
    }
    const std::string content = c.find("content").value_or(c.raw_body);
    // One write, as files of the kernel want it.
    if (!content.empty()) {
        const ssize_t put = ::write(file.get(), content.data(), content.size());
        if (put != static_cast<ssize_t>(content.size())) {
            throw system_error("Cannot write " + path, put < 0 ? errno : ENOSPC);
        }
    }
    if (mode && ::fchmod(file.get(), *mode) != 0) {
        throw system_error("Cannot change the permission of " + path, errno);
    }
}

/// Where RENAME and COPY lead to.
std::string destination(const call& c) {
    const std::string path = c.text("destination");
    if (path.empty()) {
        throw api_error{400, "Missing mandatory parameter 'destination'"};
    }
    if (!path.starts_with('/') || path.find('\0') != std::string::npos ||
        (path + "/").find("/../") != std::string::npos) {
        throw api_error{400, "Bad path: " + path};
    }
    if (c.flag("createParent")) {
        make_folders(parent_of(path), 0777);
    }
    return path;
}

reply put_file(call& c) {
    const std::string path = c.text("path");
    const std::string op = operation(c);
    const auto mode = parse_permission(c.text("permission"));
    if (op == "MKDIRS") {
        make_folders(path, mode.value_or(0777));
        if (mode) {
            change_mode(path, *mode);  // whatever the server's umask
        }
    } else if (op == "RENAME") {
        const std::string to = destination(c);
        if (::rename(path.c_str(), to.c_str()) != 0) {
            throw system_error("Cannot rename " + path, errno);
        }
        if (mode) {
            change_mode(to, *mode);
        }
    } else if (op == "COPY") {
        const std::string to = destination(c);
        copy_file(path, to);
        if (mode) {
            change_mode(to, *mode);
        }
    } else if (op == "WRITE") {
        write_content(c, path);
    } else {
        refuse_operation(c);
    }
    return answered;
}

reply post_file(call& c) {
    const std::string path = c.text("path");
    if (c.flag("createParent")) {
        make_folders(parent_of(path), 0777);
    }
    store_body(c.body, path, c.site.upload_limit);
    return answered;
}

reply delete_file(call& c) {
    if (operation(c) != "DELETE") {
        refuse_operation(c);
    }
    remove_files(c.text("path"), c.flag("recursive"));
    return answered;
}

}  // namespace

api file_api() {
    const parameter path{"path", "Path of the file", true, "string", parameter::kind::path};
    const parameter permission{"permission", "Permission in octal"};
    const parameter parents{"createParent", "Make missing folders", false, "boolean"};
    return {
        "file",
        "file API",
        {
            {"GET",
             "/file/{path...}",
             "getFile",
             "A file (op=GET), its status (GETFILESTATUS), or the status of a folder's files "
             "(LISTSTATUS; the path may have * and ?)",
             "binary",
             get_file,
             {path,
              {"op", "GET, GETFILESTATUS or LISTSTATUS", true},
              {"offset", "GET: first byte", false, "integer"},
              {"length", "GET: at most so many bytes", false, "integer"}}},
            {"PUT",
             "/file/{path...}",
             "putFile",
             "Make a folder and its parents (op=MKDIRS), rename or copy (RENAME, COPY), or write "
             "text (WRITE)",
             "empty",
             put_file,
             {path,
              {"op", "MKDIRS, RENAME, COPY or WRITE", true},
              permission,
              {"destination", "RENAME, COPY: path of the new file"},
              {"content", "WRITE: the text; else the body"},
              {"overwrite", "WRITE: replace the file, rather than append", false, "boolean"},
              parents}},
            {"POST",
             "/file/{path...}",
             "upload",
             "Store a file of any size",
             "empty",
             post_file,
             {path, parents, {"filedata", "The file", true, "string", parameter::kind::file}},
             true},
            {"DELETE",
             "/file/{path...}",
             "deleteFile",
             "Remove a file or folder (op=DELETE)",
             "empty",
             delete_file,
             {path,
              {"op", "DELETE", true},
              {"recursive", "With all that is in it", false, "boolean"}}},
        },
        {{"FileStatusProperties",
          {{"accessTime", "integer", "Seconds since 1970"},
           {"blockSize", "integer", "512"},
           {"group", "string", "Group"},
           {"length", "integer", "Bytes"},
           {"modificationTime", "integer", "Seconds since 1970"},
           {"owner", "string", "Owner"},
           {"pathSuffix", "string", "Name"},
           {"permission", "string", "Permission in octal"},
           {"replication", "integer", "Number of links"},
           {"symlink", "string", "Where a symbolic link leads"},
           {"type", "string", "FILE, DIRECTORY or SYMLINK"}}}},
    };
}

}  // namespace osprey::rest
