using System.Text;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Hub;

/// <summary>
/// A model's folder in the cache: <c>models--OWNER--NAME</c> with <c>blobs</c> (files by checksum), <c>snapshots</c>
/// (a folder of links for each commit) and <c>refs</c> (the commit of a branch or tag). The layout and the locks are
/// those of all of the hub's tools.
/// </summary>
internal sealed class RepositoryFolder(string cache, ModelName model)
{
    private const int MaxReference = 256;
    private const string Prefix = "models", Separator = "--", SnapshotsName = "snapshots", BlobsName = "blobs";

    private readonly string _folder = Path.Combine(cache, FolderName(model));

    /// <summary>The file with these contents.</summary>
    public string Blob(string checksum) => Path.Combine(_folder, BlobsName, checksum);

    /// <summary>What is there of it: its first bytes, without a gap. Other tools go on from them, too.</summary>
    public string Incomplete(string checksum) => Blob(checksum) + ".incomplete";

    /// <summary>The file that whoever writes a blob has locked.</summary>
    public string Lock(string checksum) =>
        Path.Combine(cache, ".locks", FolderName(model), checksum + ".lock");

    /// <summary>The folder of a commit.</summary>
    public string Snapshot(string commit) => Path.Combine(_folder, SnapshotsName, commit);

    /// <summary>The file that has the commit of a branch or tag.</summary>
    public string Reference(string revision) => Path.Combine([_folder, "refs", .. revision.Split('/')]);

    /// <summary>A file of a commit.</summary>
    public string File(string commit, string name) => Path.Combine(Snapshot(commit), name);

    /// <summary>
    /// True if a snapshot has the file itself and no link to it, as on systems that let nobody make links.
    /// </summary>
    public bool IsCopied(string commit, RemoteFile file)
    {
        var copy = new FileInfo(File(commit, file.Name));
        return copy.Exists && copy.LinkTarget is null && copy.Length == file.Size;
    }

    /// <summary>Makes a commit's snapshot of files that are there, and lets the revision lead to it.</summary>
    /// <returns>The snapshot's folder.</returns>
    public string Link(string commit, IEnumerable<RemoteFile> files)
    {
        Directory.CreateDirectory(Snapshot(commit));
        // The configuration comes last: without it nobody takes the folder for a model.
        foreach (RemoteFile file in files.OrderBy(file => file.Name == WantedFiles.ConfigName))
        {
            if (!IsCopied(commit, file)) Link(file.Checksum, File(commit, file.Name));
        }

        if (model.Revision != commit) Refer(commit);
        return Snapshot(commit);
    }

    /// <summary>The commit of the model's revision, as far as the cache knows; else null.</summary>
    public string? Commit()
    {
        if (ModelName.IsCommit(model.Revision)) return model.Revision;
        try
        {
            ReadOnlyMemory<byte> text = RegularFile.ReadText(Reference(model.Revision), MaxReference);
            string commit = Encoding.ASCII.GetString(text.Span).Trim();
            return ModelName.IsCommit(commit) ? commit : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The model whose snapshot a folder is by its path; null if it is none.</summary>
    public static ModelName? ModelOf(string folder)
    {
        string[] path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))
            .Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        return path is [.., string repository, SnapshotsName, string commit]
            && repository.Split(Separator) is [Prefix, string owner, string name]
            && ModelName.TryParse($"{owner}/{name}@{commit}", out ModelName? model) ? model : null;
    }

    private void Link(string checksum, string path)
    {
        string target = Path.Combine("..", "..", BlobsName, checksum);
        if (new FileInfo(path).LinkTarget == target) return;
        string made = path + Unique();
        try
        {
            System.IO.File.CreateSymbolicLink(made, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            // Where links are not to be had the other tools keep the file itself in the snapshot, too.
            System.IO.File.Move(Blob(checksum), made);
        }

        System.IO.File.Move(made, path, overwrite: true);
    }

    private void Refer(string commit)
    {
        string path = Reference(model.Revision), made = path + Unique();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(made, commit);
        System.IO.File.Move(made, path, overwrite: true);
    }

    private static string Unique() => $".{Guid.NewGuid():N}.incomplete";

    private static string FolderName(ModelName model) => string.Join(Separator, Prefix, model.Owner, model.Name);
}
