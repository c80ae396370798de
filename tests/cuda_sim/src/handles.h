// The live objects of one kind. A pointer from the host is used only if it is one of them.
#pragma once
#include <cstddef>
#include <unordered_set>

namespace cuda_sim {

template <class T>
class Handles {
public:
    template <class... Arguments>
    T* create(Arguments&&... arguments) {
        T* created = new T{static_cast<Arguments&&>(arguments)...};
        _live.insert(created);
        return created;
    }

    bool contains(T* handle) const { return _live.count(handle) != 0; }

    void destroy(T* handle) {
        _live.erase(handle);
        delete handle;
    }

    std::size_t count() const { return _live.size(); }
    auto begin() const { return _live.begin(); }
    auto end() const { return _live.end(); }

    // One for each kind of object, never destroyed: finalizers may run late.
    static Handles& all() {
        static Handles& only = *new Handles();
        return only;
    }

private:
    std::unordered_set<T*> _live;
};

}  // namespace cuda_sim
