#include "compiler.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "settings.h"

extern char** environ;

namespace cuda_sim {

namespace fs = std::filesystem;

namespace {

// The folder of a compilation, which is deleted at its end.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = (fs::temp_directory_path() / "cuda_sim_XXXXXX").string();
        if (mkdtemp(pattern.data())) _path = pattern;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!_path.empty()) fs::remove_all(_path, ignored);
    }
    bool exists() const { return !_path.empty(); }
    std::string file(const std::string& name) const { return _path + "/" + name; }

private:
    std::string _path;
};

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

void write_file(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

// Runs a program with its output in `log`, without the sanitizers of the host process.
bool run(const std::vector<std::string>& command, const std::string& log) {
    std::vector<char*> arguments, variables;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    for (char** variable = environ; *variable; variable++)
        if (std::strncmp(*variable, "LD_PRELOAD=", 11)) variables.push_back(*variable);
    variables.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child;
    int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), variables.data());
    posix_spawn_file_actions_destroy(&actions);
    int status = 1;
    while (!failed && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return !failed && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool is_word(char c) { return std::isalnum((unsigned char)c) || c == '_'; }

// The index after the parenthesis that closes the one at `open`.
std::size_t behind_parentheses(const std::string& text, std::size_t open) {
    int depth = 0;
    for (std::size_t i = open; i < text.size(); i++) {
        if (text[i] == '(') depth++;
        if (text[i] == ')' && --depth == 0) return i + 1;
    }
    return text.size();
}

struct FoundKernel {
    std::string name, bounds;
};

// The kernel whose attribute begins at `from`: the identifier before the first parenthesis that does not belong to an
// attribute.
FoundKernel kernel_at(const std::string& text, std::size_t from) {
    FoundKernel found;
    std::string word;
    for (std::size_t i = from; i < text.size(); i++) {
        char c = text[i];
        if (is_word(c)) {
            word = is_word(text[i - 1]) ? word + c : std::string(1, c);
        } else if (c == '(' && word == "__attribute__") {
            std::size_t end = behind_parentheses(text, i);
            static const std::string BOUNDS = "cuda_sim_launch_bounds";
            std::size_t at = text.find(BOUNDS, i);
            if (at < end) {
                std::size_t open = at + BOUNDS.size();
                found.bounds = text.substr(open, behind_parentheses(text, open) - open);
            }
            word.clear();
            i = end - 1;
        } else if (c == '(' || c == ';' || c == '{') {
            found.name = c == '(' ? word : "";
            return found;
        }
    }
    return found;
}

// One call of register_kernel for each kernel of the preprocessed text.
std::string registrations(const std::string& text) {
    static const std::string MARK = "__attribute__((cuda_sim_kernel))";
    std::string calls;
    for (std::size_t at = text.find(MARK); at != std::string::npos; at = text.find(MARK, at + 1)) {
        FoundKernel kernel = kernel_at(text, at);
        if (kernel.name.empty()) continue;
        calls += "    cuda_sim::register_kernel(\"" + kernel.name + "\", &" + kernel.name;
        if (!kernel.bounds.empty()) calls += ", cuda_sim::first_of" + kernel.bounds;
        calls += ");\n";
    }
    return "__attribute__((constructor)) static void cuda_sim_register_kernels() {\n" + calls + "}\n";
}

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

// The macros of NVRTC's options. Other options, such as the architecture, do not matter to the host's compiler.
std::vector<std::string> macros_of(const std::vector<std::string>& options) {
    std::vector<std::string> macros;
    for (std::size_t i = 0; i < options.size(); i++) {
        const std::string& option = options[i];
        static const std::string LONG = "--define-macro";
        if (option.rfind("-D", 0) == 0 && option.size() > 2) macros.push_back(option);
        else if (option.rfind(LONG + "=", 0) == 0) macros.push_back("-D" + option.substr(LONG.size() + 1));
        else if ((option == "-D" || option == LONG) && i + 1 < options.size()) macros.push_back("-D" + options[++i]);
    }
    return macros;
}

// The kernels are in an unnamed namespace: unused code is not compiled, and static shared variables of templates can be
// put into a section. The dialect is included before, so that it stays outside.
std::string wrapper_of(const std::string& name) {
    return "#include \"cuda_sim/device.h\"\nnamespace {\n#include \"" + name + "\"\n}\n";
}

}  // namespace

Compilation compile(const KernelSource& source, const std::vector<std::string>& options) {
    TemporaryFolder folder;
    if (!folder.exists()) return {false, "", "no temporary folder can be made"};
    for (const auto& [name, text] : source.headers) write_file(folder.file("source/" + name), text);
    write_file(folder.file("source/" + source.name), source.text);
    write_file(folder.file("wrapper.cpp"), wrapper_of(source.name));

    std::vector<std::string> flags = words_of(settings().flags);
    std::vector<std::string> preprocess = {settings().compiler, "-E", "-std=c++17", "-DCUDA_SIM"};
    preprocess.insert(preprocess.end(), flags.begin(), flags.end());
    for (const std::string& macro : macros_of(options)) preprocess.push_back(macro);
    for (const std::string& word : {"-I" + folder.file("source"), "-I" + settings().include, folder.file("wrapper.cpp"),
                                    std::string("-o"), folder.file("whole.ii")})
        preprocess.push_back(word);
    std::string log = folder.file("log");
    if (!run(preprocess, log)) return {false, "", read_file(log)};

    std::string whole = read_file(folder.file("whole.ii"));
    std::ofstream(folder.file("whole.ii"), std::ios::app) << registrations(whole);
    std::vector<std::string> build = {
        settings().compiler, "-fpreprocessed", "-std=c++17", "-g", "-fPIC", "-shared", "-w", "-fno-gnu-unique",
        "-ffp-contract=off"};
    build.insert(build.end(), flags.begin(), flags.end());
    for (const std::string& word : {folder.file("whole.ii"), std::string("-o"), folder.file("module.so")})
        build.push_back(word);
    bool ok = run(build, log);
    return {ok, ok ? read_file(folder.file("module.so")) : "", read_file(log)};
}

}  // namespace cuda_sim
