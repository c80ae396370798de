# Writes the SHA-256 of all kernel sources to OUTPUT: over a line "path hash" for each, sorted, as PrebuiltKernels.cs
# computes it. FOLDER is the folder of this file.
file(GLOB paths RELATIVE "${FOLDER}" "${FOLDER}/*.cu")
file(GLOB_RECURSE headers RELATIVE "${FOLDER}" "${FOLDER}/include/*.cuh")
list(APPEND paths ${headers})
list(SORT paths)
set(text "")
foreach(path ${paths})
  file(SHA256 "${FOLDER}/${path}" hash)
  string(APPEND text "${path} ${hash}\n")
endforeach()
string(SHA256 hash "${text}")
file(WRITE "${OUTPUT}" "${hash}\n")
